// Seeed_Arduino_LSM6DS3: floats in g and deg/s; status 0 is success.
#pragma once

#include <Arduino.h>

#define I2C_MODE 0

struct LSM6DS3Settings {
  uint16_t accelRange = 16, gyroRange = 2000, accelSampleRate = 416, gyroSampleRate = 416;
};

class LSM6DS3 {
public:
  LSM6DS3(uint8_t, uint8_t) {}
  int begin() { return settings.accelRange == 16 && settings.gyroRange == 2000 ? 0 : 1; }
  float readFloatAccelX() { return host_acc[0]; }
  float readFloatAccelY() { return host_acc[1]; }
  float readFloatAccelZ() { return host_acc[2]; }
  float readFloatGyroX() { return host_gyr[0]; }
  float readFloatGyroY() { return host_gyr[1]; }
  float readFloatGyroZ() { return host_gyr[2]; }
  LSM6DS3Settings settings;
};
