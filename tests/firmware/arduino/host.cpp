// The sketch on the host. Lines of stdin are what happens to the board:
//   w HEX                        the control characteristic is written
//   s US AX AY AZ GX GY GZ       the clock (us) and the IMU show this, and loop() runs once
//   d                            the link is lost
#include <Arduino.h>
#include SKETCH

uint32_t host_us = 0;
float host_acc[3], host_gyr[3];
BLELocalDevice BLE;

int main() {
  char line[256];
  setup();
  while (std::fgets(line, sizeof line, stdin)) {
    if (line[0] == 'w') {
      uint8_t bytes[64];
      int length = 0;
      unsigned one;
      for (const char *at = line + 2; std::sscanf(at, "%2x", &one) == 1; at += 2)
        bytes[length++] = one;
      control.written(bytes, length);
    } else if (line[0] == 's') {
      unsigned long us;
      float *a = host_acc, *w = host_gyr;
      if (std::sscanf(line + 2, "%lu %f %f %f %f %f %f", &us, a, a + 1, a + 2, w, w + 1, w + 2) != 7)
        return 1;
      host_us = us;
      loop();
    } else {
      BLE.gone(BLEDevice());
    }
  }
  return 0;
}
