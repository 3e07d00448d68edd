#include "reporting/target_fit.h"

namespace espalier::reporting {
namespace {

Json memory(std::int64_t bytes, std::int64_t limit, bool verified) {
  return Json::map().set("bytes", bytes).set("limit", limit).set("verified", verified);
}

Json amount(const char* unit, const std::optional<double>& value, bool verified) {
  return Json::map().set(unit, value ? Json(*value) : Json()).set("verified", verified);
}

std::optional<double> number(const Json& map, const char* key) {
  return map.has(key) ? std::optional(map.at(key).number()) : std::nullopt;
}

}  // namespace

Json to_json(const TargetFit& fit) {
  auto json = Json::map();
  json.set("target", fit.target).set("runtime", fit.runtime).set("fits", fit.fits());
  json.set("flash", memory(fit.flash_bytes, fit.flash_limit, fit.flash_verified));
  json.set("ram", memory(fit.ram_bytes, fit.ram_limit, fit.ram_verified));
  json.set("latency", amount("milliseconds", fit.milliseconds, fit.latency_verified));
  return json.set("energy", amount("millijoules", fit.millijoules, fit.energy_verified));
}

TargetFit target_fit_of(const Json& json) {
  const auto &flash = json.at("flash"), &ram = json.at("ram"), &latency = json.at("latency"),
             &energy = json.at("energy");
  TargetFit fit;
  fit.target = json.at("target").text(), fit.runtime = json.at("runtime").text();
  fit.flash_bytes = flash.at("bytes").integer(), fit.flash_limit = flash.at("limit").integer();
  fit.ram_bytes = ram.at("bytes").integer(), fit.ram_limit = ram.at("limit").integer();
  fit.milliseconds = number(latency, "milliseconds"), fit.millijoules = number(energy, "millijoules");
  fit.flash_verified = flash.at("verified").boolean(), fit.ram_verified = ram.at("verified").boolean();
  fit.latency_verified = latency.at("verified").boolean(), fit.energy_verified = energy.at("verified").boolean();
  return fit;
}

}  // namespace espalier::reporting
