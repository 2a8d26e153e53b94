/* SPDX-License-Identifier: Apache-2.0 */
/* The runtime below a compiled model: a simulated device that holds one program image. Plain C, stable from version to
 * version: functions are only added, structs only grow at their end and say their own size.
 *
 * An int32_t result is 0, or the number of a diagnostic (813 is PSM0813), whose text psmc_rt_last_error gives. A device
 * is used by one thread at a time; different devices are independent.
 */
#ifndef PSMC_RUNTIME_H
#define PSMC_RUNTIME_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PSMC_RT_VERSION 1u

typedef struct psmc_rt_device psmc_rt_device;

/* What the user may choose. Set struct_size to sizeof(psmc_rt_options), everything unused to zero. */
typedef struct psmc_rt_options {
  uint32_t struct_size;
  uint32_t skip_races; /* 1: do not look for races, which is faster */
  uint64_t max_cycles; /* of one launch; 0: the runtime's own limit */
  /* Called now and then during a launch, on its thread, with the cycles so far; null: never. */
  void (*progress)(void* progress_user, uint64_t cycles);
  void* progress_user;
  uint32_t timing_only; /* 1: no numbers, only the cycles that they would take; outputs mean nothing */
} psmc_rt_options;

/* What a launch measured. Set struct_size to sizeof(psmc_rt_stats) before the call. */
typedef struct psmc_rt_stats {
  uint32_t struct_size;
  uint32_t tiles; /* that ran */
  uint64_t cycles;
  uint64_t clock_hz; /* of the machine: seconds = cycles / clock_hz */
} psmc_rt_stats;

/* PSMC_RT_VERSION of the library. */
uint32_t psmc_rt_version(void);

/* Opens a device with the program image (.psmx) of `size` bytes, which is copied. `options` may be null. *device is set
 * also on failure (null only if there is no memory at all), to be asked for the error and closed. */
int32_t psmc_rt_open_image(const void* image, uint64_t size, const psmc_rt_options* options, psmc_rt_device** device);

/* Frees the device; null does nothing. */
void psmc_rt_close(psmc_rt_device* device);

/* Copies `size` bytes to or from device memory at `address`. */
int32_t psmc_rt_write(psmc_rt_device* device, uint64_t address, const void* bytes, uint64_t size);
int32_t psmc_rt_read(psmc_rt_device* device, uint64_t address, void* bytes, uint64_t size);

/* `size` bytes of host memory of the device, aligned to 64 and valid until the next call with this device: where host
 * code brings tensors into the device's layout. Null on failure. */
void* psmc_rt_staging(psmc_rt_device* device, uint64_t size);

/* Runs entry number `entry` of the image until all of its tiles have halted. `stats` may be null. */
int32_t psmc_rt_launch(psmc_rt_device* device, uint32_t entry, psmc_rt_stats* stats);

/* Records an error of the calling host code and returns `code`. */
int32_t psmc_rt_fail(psmc_rt_device* device, int32_t code, const char* message);

/* Text of the device's last error, "" if there was none; valid until the next call with this device. Never null. */
const char* psmc_rt_last_error(const psmc_rt_device* device);

#ifdef __cplusplus
}
#endif
#endif
