#pragma once

#include <nano_imu.h>
