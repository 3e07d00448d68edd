/* What the kernels are built for. The C export has a file of this name in the place of this one.
 *
 * ESPALIER_FIXED_POINT_ONLY: rescales hold no float32 factors, so that no floating point is linked. */
#ifndef ESPALIER_DEVICE_RUNTIME_BUILD_OPTIONS_H
#define ESPALIER_DEVICE_RUNTIME_BUILD_OPTIONS_H
#endif
