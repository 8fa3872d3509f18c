// hipgait open layout: an IMU over Bluetooth LE, numbered packets with the board's own time.
// What it sends: docs/open-layout.md. hipgait's profile for it: hipgait-open.
//
// NOT RUN ON HARDWARE, nor compiled for it: written from the documentation of the libraries. The
// tests compile it for the host (tests/firmware), where its packets are right. Tell us what you find.
//
// Boards and libraries (Library Manager):
//   Seeed XIAO nRF52840 Sense (mbed core): ArduinoBLE, Seeed_Arduino_LSM6DS3
//   Arduino Nano 33 BLE Sense:             ArduinoBLE, Arduino_LSM9DS1        (119 Hz, range 4 g)
//   Arduino Nano 33 BLE Sense Rev2:        ArduinoBLE, Arduino_BMI270_BMM150  (100 Hz, range 4 g)
// The libraries of the two Nano boards fix rate and range: 4 g is too little for a shank in running.
//
// Choose the board here:
#define BOARD_XIAO_SENSE 1
#define BOARD_NANO_SENSE 2
#define BOARD_NANO_SENSE_REV2 3
#ifndef BOARD
#define BOARD BOARD_XIAO_SENSE
#endif

// One name for each sensor of a set.
static const char NAME[] = "hipgait-1";

#include <ArduinoBLE.h>

#if BOARD == BOARD_XIAO_SENSE
#include <LSM6DS3.h>
#include <Wire.h>
static LSM6DS3 imu(I2C_MODE, 0x6A);
static uint32_t period_us = 9615;      // the other boards have the rate of their library
#elif BOARD == BOARD_NANO_SENSE
#include <Arduino_LSM9DS1.h>
#elif BOARD == BOARD_NANO_SENSE_REV2
#include <Arduino_BMI270_BMM150.h>
#else
#error "BOARD is none of the three"
#endif

static const float ACC_PER_G = 32768.0f / 16.0f;
static const float GYR_PER_DPS = 32768.0f / 2000.0f;

static const int HEAD = 9;             // AA 55, u16 number, u32 us, u8 n
static const int SAMPLE = 12;          // six i16
static const int MOST = 4;             // samples in a packet: 38 ms at 104 Hz
static const int LONGEST = HEAD + MOST * SAMPLE;

static BLEService service("9b2e0001-4c1d-4f0a-8e57-3d6a1f2b7c80");
static BLECharacteristic data("9b2e0002-4c1d-4f0a-8e57-3d6a1f2b7c80", BLENotify, LONGEST);
static BLECharacteristic control("9b2e0003-4c1d-4f0a-8e57-3d6a1f2b7c80", BLEWrite, 4);

static uint8_t packet[LONGEST];
static uint8_t held = 0;               // samples in the packet so far
static uint8_t batch = MOST;           // samples that a packet takes: the central knows the MTU
static uint16_t number = 0;
static bool streaming = false;
static uint32_t due_us = 0;
static uint32_t last_us = 0;           // when the last sample was read

// ------------------------------------------------------------------------------------- the IMU

static bool imu_begin() {
#if BOARD == BOARD_XIAO_SENSE
  imu.settings.accelRange = 16;
  imu.settings.gyroRange = 2000;
  imu.settings.accelSampleRate = 416;  // faster than we read, so that no sample is read twice
  imu.settings.gyroSampleRate = 416;
  return imu.begin() == 0;
#else
  return IMU.begin();
#endif
}

// Takes the rate of the board that is nearest to the one asked for.
static void imu_rate(uint16_t hz) {
#if BOARD == BOARD_XIAO_SENSE
  static const uint16_t rates[] = {26, 52, 104, 208};
  uint16_t best = rates[0];
  for (uint16_t rate : rates) {
    if (abs((int)rate - (int)hz) < abs((int)best - (int)hz)) best = rate;
  }
  period_us = 1000000UL / best;
#else
  (void)hz;
#endif
}

// Reads a sample if there is one. a: g; w: deg/s.
static bool imu_read(float a[3], float w[3]) {
#if BOARD == BOARD_XIAO_SENSE
  const uint32_t now = micros();
  if ((int32_t)(now - due_us) < 0) return false;
  due_us += period_us;
  if ((int32_t)(now - due_us) > 0) due_us = now + period_us;  // we were late: do not race after it
  a[0] = imu.readFloatAccelX();
  a[1] = imu.readFloatAccelY();
  a[2] = imu.readFloatAccelZ();
  w[0] = imu.readFloatGyroX();
  w[1] = imu.readFloatGyroY();
  w[2] = imu.readFloatGyroZ();
  return true;
#else
  if (!IMU.accelerationAvailable() || !IMU.gyroscopeAvailable()) return false;
  return IMU.readAcceleration(a[0], a[1], a[2]) && IMU.readGyroscope(w[0], w[1], w[2]);
#endif
}

// ---------------------------------------------------------------------------------- the packet

static void put_u16(uint8_t *at, uint16_t value) {
  at[0] = value & 0xFF;
  at[1] = value >> 8;
}

static void put_i16(uint8_t *at, float value) {
  if (value > 32767.0f) value = 32767.0f;
  if (value < -32767.0f) value = -32767.0f;
  put_u16(at, (uint16_t)(int16_t)lroundf(value));
}

static void add(const float a[3], const float w[3]) {
  uint8_t *at = packet + HEAD + held * SAMPLE;
  for (int i = 0; i < 3; i++) put_i16(at + 2 * i, a[i] * ACC_PER_G);
  for (int i = 0; i < 3; i++) put_i16(at + 6 + 2 * i, w[i] * GYR_PER_DPS);
  held++;
}

static void send() {
  packet[0] = 0xAA;
  packet[1] = 0x55;
  put_u16(packet + 2, number++);       // grows for packets that cannot be sent, too
  put_u16(packet + 4, last_us & 0xFFFF);
  put_u16(packet + 6, last_us >> 16);
  packet[8] = held;
  data.writeValue(packet, HEAD + held * SAMPLE);
  held = 0;
}

// ----------------------------------------------------------------------------------- the radio

static void on_control(BLEDevice, BLECharacteristic) {
  const uint8_t *value = control.value();
  const int length = control.valueLength();
  if (length == 4 && value[0] == 0x01) {
    imu_rate(value[1] | (value[2] << 8));
    batch = value[3] < 1 ? 1 : (value[3] > MOST ? MOST : value[3]);
    number = 0;
    held = 0;
    due_us = micros();
    streaming = true;
  } else if (length == 1 && value[0] == 0x00) {
    streaming = false;
  }
}

static void on_disconnected(BLEDevice) { streaming = false; }

void setup() {
  pinMode(LED_BUILTIN, OUTPUT);
  if (!imu_begin() || !BLE.begin()) {
    while (true) {                     // fast blinking: IMU or radio is missing
      digitalWrite(LED_BUILTIN, !digitalRead(LED_BUILTIN));
      delay(100);
    }
  }
  BLE.setLocalName(NAME);
  BLE.setDeviceName(NAME);
  BLE.setConnectionInterval(6, 12);    // 7.5 to 15 ms, in units of 1.25 ms
  BLE.setAdvertisedService(service);
  service.addCharacteristic(data);
  service.addCharacteristic(control);
  BLE.addService(service);
  control.setEventHandler(BLEWritten, on_control);
  BLE.setEventHandler(BLEDisconnected, on_disconnected);
  BLE.advertise();
}

void loop() {
  BLE.poll();
  if (!streaming) return;
  float a[3], w[3];
  if (!imu_read(a, w)) return;
  last_us = micros();
  add(a, w);
  if (held >= batch) send();
}
