// The peripheral side of ArduinoBLE as its documentation has it: what is sent goes to stdout.
#pragma once

#include <Arduino.h>

#include <cstdio>
#include <cstring>

enum BLEProperty { BLEWrite = 0x08, BLENotify = 0x10 };
enum BLEDeviceEvent { BLEConnected, BLEDisconnected };
enum BLECharacteristicEvent { BLESubscribed, BLEUnsubscribed, BLERead, BLEWritten };

class BLEDevice {};
class BLECharacteristic;
typedef void (*BLEDeviceEventHandler)(BLEDevice);
typedef void (*BLECharacteristicEventHandler)(BLEDevice, BLECharacteristic);

class BLECharacteristic {
public:
  BLECharacteristic(const char *uuid, uint16_t properties, int size, bool = false)
      : uuid_(uuid), properties_(properties), size_(size) {}
  const uint8_t *value() const { return value_; }
  int valueLength() const { return length_; }
  int writeValue(const uint8_t value[], int length, bool = true) {
    if (length > size_) std::abort();
    for (int i = 0; i < length; i++) std::printf("%02x", value[i]);
    std::printf("\n");
    return 1;
  }
  void setEventHandler(int, BLECharacteristicEventHandler handler) { handler_ = handler; }
  void show() const { std::printf("char %s %d %d\n", uuid_, properties_, size_); }
  void written(const uint8_t *value, int length) {
    if (length > size_) std::abort();
    std::memcpy(value_, value, length);
    length_ = length;
    handler_(BLEDevice(), *this);
  }

private:
  const char *uuid_;
  uint16_t properties_;
  int size_;
  uint8_t value_[64] = {};
  int length_ = 0;
  BLECharacteristicEventHandler handler_ = nullptr;
};

class BLEService {
public:
  explicit BLEService(const char *uuid) : uuid_(uuid) {}
  void addCharacteristic(BLECharacteristic &one) { one.show(); }
  const char *uuid() const { return uuid_; }

private:
  const char *uuid_;
};

class BLELocalDevice {
public:
  int begin() { return 1; }
  void poll() {}
  void setLocalName(const char *name) { std::printf("name %s\n", name); }
  void setDeviceName(const char *) {}
  void setConnectionInterval(uint16_t, uint16_t) {}
  void setAdvertisedService(const BLEService &one) { std::printf("service %s\n", one.uuid()); }
  void addService(BLEService &) {}
  void setEventHandler(BLEDeviceEvent event, BLEDeviceEventHandler handler) {
    if (event == BLEDisconnected) gone = handler;
  }
  int advertise() { return 1; }
  BLEDeviceEventHandler gone = nullptr;
};

extern BLELocalDevice BLE;
