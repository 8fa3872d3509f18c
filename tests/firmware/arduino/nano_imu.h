// What the libraries of both Nano boards offer: an object IMU, floats in g and deg/s.
#pragma once

#include <Arduino.h>

class NanoIMU {
public:
  int begin() { return 1; }
  int accelerationAvailable() { return 1; }
  int gyroscopeAvailable() { return 1; }
  int readAcceleration(float &x, float &y, float &z) { return get(host_acc, x, y, z); }
  int readGyroscope(float &x, float &y, float &z) { return get(host_gyr, x, y, z); }

private:
  static int get(const float from[3], float &x, float &y, float &z) {
    x = from[0];
    y = from[1];
    z = from[2];
    return 1;
  }
};

static NanoIMU IMU;
