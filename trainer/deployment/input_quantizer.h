// Features -> the bytes that a network takes.
#pragma once
#include <cstdint>
#include <span>

#include "base/json.h"
#include "integer/program.h"

namespace espalier::deployment {

/// Real features {channels, height, width} -> int8 in the program's input encoding and layout (channels last), by the
/// device's own quantizer (device_runtime/audio_quantize.c). `lsb`: what one step of an integer front end's feature is
/// worth; 0: float features.
void quantize_input(const integer::Program& program, double lsb, std::span<const float> features,
                    std::span<std::int8_t> out);
/// The `lsb` of a front end's specification (Dataset::front_end).
double step_of(const Json& front_end);

}  // namespace espalier::deployment
