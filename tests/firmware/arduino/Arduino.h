// As much of Arduino's core as the sketch uses, on the host. The clock is the test's.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>

#define LED_BUILTIN 13
#define OUTPUT 1

extern uint32_t host_us;        // the board's clock
extern float host_acc[3];       // what its IMU shows, g
extern float host_gyr[3];       // deg/s

inline uint32_t micros() { return host_us; }
inline void pinMode(int, int) {}
inline void digitalWrite(int, int) {}
inline int digitalRead(int) { return 0; }
inline void delay(unsigned long) {}
