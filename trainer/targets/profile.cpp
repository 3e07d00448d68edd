#include "targets/profile.h"

#include "base/error.h"
#include "base/text.h"

namespace espalier::targets {
namespace {

template <class T>
Json json_of(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

std::optional<double> scaled(const std::optional<double>& value, double factor) {
  return value ? std::optional(*value * factor) : std::nullopt;
}

Json json_of(const LayerCost& layer, const Device* device) {
  auto json = Json::map();
  json.set("name", layer.name).set("operator", layer.kind).set("output", Json::list_of(layer.output));
  json.set("macs", layer.macs).set("parameters", layer.parameters);
  json.set("flash_bytes", layer.flash_bytes).set("alive_bytes", layer.alive_bytes);
  json.set("cycles", json_of(layer.cycles));
  return json.set("milliseconds", device ? json_of(scaled(layer.cycles, 1e3 / device->clock.value)) : Json());
}

Json json_of(const Device& device, const std::string& runtime) {
  auto json = Json::map();
  json.set("name", device.name).set("board", device.board).set("core", device.core).set("runtime", runtime);
  json.set("clock_hz", device.clock.value).set("flash_bytes", device.flash.value).set("ram_bytes", device.ram.value);
  return json.set("unverified", Json::list_of(unverified_figures(device, *device.find(runtime))));
}

Json json_of(const Measured& measured, const Profile& profile) {
  auto json = Json::map();
  json.set("cycles", json_of(measured.cycles)).set("runs", measured.runs).set("stack_bytes", json_of(measured.stack));
  json.set("instructions", json_of(measured.instructions)).set("layer_instructions", Json::list_of(measured.layers));
  json.set("known_answer", measured.known_answer ? Json(*measured.known_answer ? "passed" : "failed") : Json());
  const auto& estimated = profile.estimate.cycles;
  if (measured.cycles && profile.device)
    json.set("milliseconds", static_cast<double>(*measured.cycles) / profile.device->clock.value * 1e3);
  if (measured.cycles && *measured.cycles > 0 && estimated)
    json.set("estimate_error", *estimated / static_cast<double>(*measured.cycles) - 1);
  return json;
}

Json json_of(const Offload& sent) {
  auto json = Json::map();
  json.set("radio", sent.radio).set("bytes", sent.bytes).set("milliseconds", sent.seconds * 1e3);
  return json.set("millijoules", sent.joules * 1e3).set("verified", sent.verified);
}

}  // namespace

Profile profile_of(const integer::Program& program, std::string note, std::shared_ptr<const Device> device,
                   const std::string& runtime, const std::string& origin) {
  Profile profile;
  profile.name = program.name;
  profile.note = std::move(note);
  profile.device = std::move(device);
  if (!profile.device) {
    profile.estimate = estimate(program);
    return profile;
  }
  const auto& target = *profile.device;
  const auto* kernels = runtime.empty() ? &target.preferred() : target.find(runtime);
  if (!kernels) {
    std::vector<std::string> known;
    for (const auto& each : target.runtimes) known.push_back(each.runtime);
    mistake(origin, concat(target.name, " has no runtime '", runtime, "'", did_you_mean(runtime, known), "; it has ",
                           join(known, ", ")));
  }
  profile.runtime = kernels->runtime;
  profile.estimate = estimate(program, target, *kernels);
  const auto& input = program.activations[static_cast<std::size_t>(program.input)];
  profile.offload = offload_of(target, integer::elements(input.shape));
  return profile;
}

std::optional<double> float_seconds(const Profile& profile) {
  if (!profile.device || !profile.device->float_mac) return std::nullopt;
  return static_cast<double>(profile.estimate.macs) * profile.device->float_mac->value / profile.device->clock.value;
}

std::vector<std::string> unverified_figures(const Device& device, const Kernels& kernels) {
  std::vector<std::string> all;
  const auto look = [&](const char* name, const std::optional<Figure>& figure) {
    if (figure && !figure->verified) all.push_back(concat(name, ": ", figure->source));
  };
  look("clock", device.clock);
  look("flash", device.flash);
  look("ram", device.ram);
  look("conv2d", kernels.conv2d);
  look("depthwise_conv2d", kernels.depthwise_conv2d);
  look("fully_connected", kernels.fully_connected);
  look("output", kernels.output);
  look("layer", kernels.layer);
  look("code", kernels.code);
  look("float_mac", device.float_mac);
  if (device.energy_per_cycle) {
    look("energy_per_cycle", device.energy_per_cycle);
  } else {
    look("current", device.current);
    look("voltage", device.voltage);
  }
  if (!device.radio) return all;
  look("radio energy_per_byte", device.radio->energy_per_byte);
  look("radio rate", device.radio->rate);
  look("radio round_trip", device.radio->round_trip);
  return all;
}

Json to_json(const Profile& profile) {
  const auto& e = profile.estimate;
  auto json = Json::map(), layers = Json::list();
  json.set("name", profile.name).set("note", profile.note);
  json.set("target", profile.device ? json_of(*profile.device, profile.runtime) : Json());
  for (const auto& layer : e.layers) layers.push(json_of(layer, profile.device.get()));
  json.set("layers", std::move(layers)).set("macs", e.macs).set("parameters", e.parameters);
  json.set("flash_bytes", e.flash_bytes).set("code_bytes", json_of(e.code_bytes)).set("arena_bytes", e.arena_bytes);
  json.set("cycles", json_of(e.cycles)).set("milliseconds", json_of(scaled(e.seconds, 1e3)));
  json.set("millijoules", json_of(scaled(e.joules, 1e3)));
  json.set("verified_time", e.verified_time).set("verified_energy", e.verified_energy);
  json.set("bottleneck", bottleneck(e, profile.device.get()));
  json.set("offload", profile.offload ? json_of(*profile.offload) : Json());
  json.set("measured", profile.measured ? json_of(*profile.measured, profile) : Json());
  json.set("float_milliseconds", json_of(scaled(float_seconds(profile), 1e3)));
  return json.set("host", profile.host).set("npu", profile.npu);
}

}  // namespace espalier::targets
