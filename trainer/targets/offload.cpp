#include "targets/offload.h"

namespace espalier::targets {

std::optional<Offload> offload_of(const Device& device, std::int64_t input_bytes) {
  if (!device.radio) return std::nullopt;
  const auto& radio = *device.radio;
  const auto bytes = static_cast<double>(input_bytes);
  Offload sent;
  sent.radio = radio.name;
  sent.bytes = input_bytes;
  sent.joules = bytes * radio.energy_per_byte.value;
  sent.seconds = bytes / radio.rate.value + (radio.round_trip ? radio.round_trip->value : 0);
  sent.verified =
      radio.energy_per_byte.verified && radio.rate.verified && (!radio.round_trip || radio.round_trip->verified);
  return sent;
}

}  // namespace espalier::targets
