#include "reporting/summary.h"

#include <string_view>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace espalier::reporting {
namespace {

template <class T>
Json json_of(const std::optional<T>& value) {
  return value ? Json(*value) : Json();
}

std::optional<double> number(const Json& map, const std::string& key) {
  return map.has(key) ? std::optional(map.at(key).number()) : std::nullopt;
}
std::optional<std::int64_t> integer(const Json& map, const std::string& key) {
  return map.has(key) ? std::optional(map.at(key).integer()) : std::nullopt;
}
std::string text(const Json& map, const std::string& key) { return map.has(key) ? map.at(key).text() : ""; }
Json::List list(const Json& map, const std::string& key) { return map.has(key) ? map.at(key).items() : Json::List{}; }
Json::Map entries(const Json& map, const std::string& key) {
  return map.has(key) ? map.at(key).entries() : Json::Map{};
}

std::optional<std::int64_t> sum(std::initializer_list<std::optional<std::int64_t>> parts) {
  std::optional<std::int64_t> all;
  for (const auto& part : parts)
    if (part) all = all.value_or(0) + *part;
  return all;
}

constexpr const char* level_words[] = {"readback", "judge"};
constexpr const char* status_words[] = {"passed", "failed", "not_run"};
constexpr const char* unit_words[] = {"bytes", "points", "ms", "count"};

template <class Enum, std::size_t N>
Enum enum_of(const std::string& word, const char* const (&words)[N], const char* what) {
  for (std::size_t i = 0; i < N; ++i)
    if (word == words[i]) return static_cast<Enum>(i);
  mistake("summary.json", concat("unknown ", what, " '", word, "'"));
}

Json json_of(const Reference& reference) {
  auto json = Json::map();
  json.set("name", reference.name).set("accuracy", json_of(reference.accuracy));
  return json.set("parameters", json_of(reference.parameters)).set("macs", json_of(reference.macs));
}

Reference reference_of(const Json& json) {
  if (json.is_null()) return {};
  return {text(json, "name"), number(json, "accuracy"), integer(json, "parameters"), integer(json, "macs")};
}

Json json_of(const RuntimeCost& cost) {
  auto flash = Json::map(), arena = Json::map(), json = Json::map();
  flash.set("code", json_of(cost.code)).set("constants", json_of(cost.constants));
  flash.set("metadata", json_of(cost.metadata)).set("total", json_of(cost.flash()));
  arena.set("plan", json_of(cost.plan)).set("kernel_scratch", json_of(cost.kernel_scratch));
  arena.set("persistent", json_of(cost.persistent)).set("total", json_of(cost.arena()));
  return json.set("runtime", cost.runtime).set("flash", std::move(flash)).set("arena", std::move(arena));
}

RuntimeCost cost_of(const Json& json) {
  const auto &flash = json.at("flash"), &arena = json.at("arena");
  return {text(json, "runtime"),       integer(flash, "code"), integer(flash, "constants"),
          integer(flash, "metadata"),  integer(arena, "plan"), integer(arena, "kernel_scratch"),
          integer(arena, "persistent")};
}

Json json_of(const Artifact& artifact) {
  auto runtimes = Json::list(), json = Json::map();
  for (const auto& cost : artifact.runtimes) runtimes.push(json_of(cost));
  json.set("format", artifact.format).set("path", artifact.path).set("bytes", artifact.bytes);
  json.set("sha256", artifact.sha256).set("twin", artifact.twin.empty() ? Json() : Json(artifact.twin));
  return json.set("runtimes", std::move(runtimes));
}

Artifact artifact_of(const Json& json) {
  Artifact artifact{
      text(json, "format"), text(json, "path"), integer(json, "bytes").value_or(0), text(json, "sha256"), {},
      text(json, "twin")};
  for (const auto& cost : list(json, "runtimes")) artifact.runtimes.push_back(cost_of(cost));
  return artifact;
}

Json json_of(const Verification& check) {
  auto json = Json::map();
  json.set("artifact", check.artifact).set("level", level_words[static_cast<int>(check.level)]);
  json.set("judge", check.judge).set("version", check.version);
  json.set("status", status_words[static_cast<int>(check.status)]).set("reason", check.reason);
  return json.set("samples", check.samples)
      .set("max_lsb_difference", json_of(check.max_lsb))
      .set("max_difference", json_of(check.max_difference));
}

Verification verification_of(const Json& json) {
  Verification check;
  check.artifact = text(json, "artifact");
  check.level = enum_of<Level>(text(json, "level"), level_words, "level of verification");
  check.judge = text(json, "judge"), check.version = text(json, "version");
  check.status = enum_of<Status>(text(json, "status"), status_words, "status of a verification");
  check.reason = text(json, "reason");
  check.samples = integer(json, "samples").value_or(0);
  check.max_lsb = number(json, "max_lsb_difference");
  check.max_difference = number(json, "max_difference");
  return check;
}

Json json_of(const Streaming& streaming) {
  auto json = Json::map(), curve = Json::list();
  json.set("stride_ms", streaming.stride_ms).set("smoothing_ms", streaming.smoothing_ms);
  json.set("refractory_ms", streaming.refractory_ms).set("threshold", streaming.threshold);
  json.set("false_accepts_per_hour", streaming.false_accepts_per_hour).set("false_rejects", streaming.false_rejects);
  json.set("keywords", streaming.keywords).set("hours", streaming.hours);
  for (const auto& point : streaming.curve) {
    auto one = Json::map();
    one.set("threshold", point.threshold).set("false_accepts_per_hour", point.false_accepts_per_hour);
    curve.push(one.set("false_rejects", point.false_rejects));
  }
  return json.set("curve", std::move(curve));
}

Streaming streaming_of(const Json& json) {
  Streaming streaming;
  for (const auto& [key, member] : {std::pair{"stride_ms", &streaming.stride_ms},
                                    {"smoothing_ms", &streaming.smoothing_ms},
                                    {"refractory_ms", &streaming.refractory_ms},
                                    {"threshold", &streaming.threshold},
                                    {"false_accepts_per_hour", &streaming.false_accepts_per_hour},
                                    {"false_rejects", &streaming.false_rejects},
                                    {"hours", &streaming.hours}})
    *member = number(json, key).value_or(0);
  streaming.keywords = integer(json, "keywords").value_or(0);
  for (const auto& point : list(json, "curve"))
    streaming.curve.push_back({number(point, "threshold").value_or(0),
                               number(point, "false_accepts_per_hour").value_or(0),
                               number(point, "false_rejects").value_or(0)});
  return streaming;
}

Json json_of(const Budget& budget) {
  auto json = Json::map();
  json.set("name", budget.name).set("unit", unit_words[static_cast<int>(budget.unit)]);
  json.set("limit", budget.limit).set("actual", json_of(budget.actual)).set("met", budget.met());
  return json.set("remedy", budget.remedy);
}

Budget budget_of(const Json& json) {
  return {text(json, "name"), enum_of<Budget::Unit>(text(json, "unit"), unit_words, "unit"),
          number(json, "limit").value_or(0), number(json, "actual"), text(json, "remedy")};
}

template <class Item>
Json json_of_all(const std::vector<Item>& items) {
  auto all = Json::list();
  for (const auto& item : items) all.push(json_of(item));
  return all;
}

void set_results(Json& json, const Summary& s) {
  auto accuracy = Json::map();
  accuracy.set("float", json_of(s.accuracy.floating)).set("fake_quant", json_of(s.accuracy.fake_quant));
  accuracy.set("integer", json_of(s.accuracy.integer));
  auto arithmetics = Json::map();
  for (const auto& [name, value] : s.accuracy.arithmetics) arithmetics.set(name, value);
  json.set("metric", s.metric).set("accuracy", std::move(accuracy)).set("arithmetics", std::move(arithmetics));
  json.set("arithmetic", s.arithmetic.empty() ? Json() : Json(s.arithmetic));
  json.set("scores", s.scores).set("classes", s.classes);
  if (!s.chosen.entries().empty()) json.set("chosen", s.chosen);
  json.set("interval", s.interval ? Json::list_of(std::vector<double>{s.interval->first, s.interval->second}) : Json());
  json.set("agreement", json_of(s.agreement)).set("test_samples", s.test_samples);
  if (s.test_recordings) json.set("test_recordings", s.test_recordings);
  json.set("baseline", json_of(s.baseline)).set("teacher", json_of(s.teacher));
  json.set("parameters", s.parameters).set("nonzero_parameters", s.nonzero_parameters);
  json.set("sparsity", s.sparsity).set("macs", s.macs);
  auto targets = Json::list();
  for (const auto& fit : s.targets) targets.push(to_json(fit));
  json.set("fit", s.fit ? to_json(*s.fit) : Json()).set("targets", std::move(targets));
  json.set("target", s.target).set("flash_bytes", json_of(s.flash_bytes)).set("arena_bytes", json_of(s.arena_bytes));
}

void read_results(const Json& json, Summary& s) {
  const auto& accuracy = json.at("accuracy");
  s.metric = text(json, "metric");
  s.accuracy = {number(accuracy, "float"), number(accuracy, "fake_quant"), number(accuracy, "integer"), {}};
  if (json.at("arithmetic").is_text()) s.arithmetic = json.at("arithmetic").text();
  for (const auto& [name, value] : entries(json, "arithmetics"))
    s.accuracy.arithmetics.emplace_back(name, value.number());
  if (const auto bounds = list(json, "interval"); bounds.size() == 2)
    s.interval = {bounds[0].number(), bounds[1].number()};
  if (json.has("scores")) s.scores = json.at("scores");
  if (json.has("classes")) s.classes = json.at("classes");
  if (json.has("chosen")) s.chosen = json.at("chosen");
  s.agreement = number(json, "agreement");
  s.test_samples = integer(json, "test_samples").value_or(0);
  s.test_recordings = integer(json, "test_recordings").value_or(0);
  s.baseline = reference_of(json.at("baseline")), s.teacher = reference_of(json.at("teacher"));
  s.parameters = integer(json, "parameters").value_or(0);
  s.nonzero_parameters = integer(json, "nonzero_parameters").value_or(0);
  s.sparsity = number(json, "sparsity").value_or(0);
  s.macs = integer(json, "macs").value_or(0);
  if (json.has("fit")) s.fit = target_fit_of(json.at("fit"));
  for (const auto& fit : list(json, "targets")) s.targets.push_back(target_fit_of(fit));
  s.target = text(json, "target");
  s.flash_bytes = integer(json, "flash_bytes"), s.arena_bytes = integer(json, "arena_bytes");
}

}  // namespace

std::optional<std::int64_t> RuntimeCost::flash() const { return sum({code, constants, metadata}); }
std::optional<std::int64_t> RuntimeCost::arena() const { return sum({plan, kernel_scratch, persistent}); }

std::string amount_text(double value, Budget::Unit unit) {
  switch (unit) {
    case Budget::Unit::bytes:
      return bytes_text(static_cast<std::int64_t>(value));
    case Budget::Unit::points:
      return fixed_text(value, 2) + " points";
    case Budget::Unit::milliseconds:
      return fixed_text(value, 2) + " ms";
    case Budget::Unit::count:
      return grouped_text(static_cast<std::int64_t>(value));
  }
  return {};
}

/// ", 6.1 KiB more".
static std::string excess_text(const Budget& line) {
  if (!line.actual) return {};
  return concat(", ", amount_text(*line.actual - line.limit, line.unit), " more");
}

std::vector<std::string> unmet(const Summary& summary) {
  std::vector<std::string> all;
  for (const auto& line : summary.budget)
    if (!line.met())
      all.push_back(concat(
          "budget ", line.name, ": ", line.actual ? amount_text(*line.actual, line.unit) : "not measured", ", allowed ",
          amount_text(line.limit, line.unit), excess_text(line), line.remedy.empty() ? "" : "; ", line.remedy));
  for (const auto& check : summary.verification)
    if (check.status == Status::failed)
      all.push_back(
          concat(check.artifact, ": ", check.judge, " disagrees", check.reason.empty() ? "" : ": ", check.reason));
  return all;
}

Json to_json(const Summary& s) {
  auto json = Json::map(), seconds = Json::map(), versions = Json::map();
  json.set("name", s.name).set("directory", s.directory).set("data", s.data).set("seed", s.seed);
  set_results(json, s);
  json.set("artifacts", json_of_all(s.artifacts)).set("verification", json_of_all(s.verification));
  json.set("budget", json_of_all(s.budget));
  if (s.streaming) json.set("streaming", json_of(*s.streaming));
  if (s.robustness) json.set("robustness", to_json(*s.robustness));
  for (const auto& [stage, time] : s.seconds) seconds.set(stage, time);
  for (const auto& [what, version] : s.versions) versions.set(what, version);
  json.set("seconds", std::move(seconds)).set("versions", std::move(versions));
  return json.set("notes", Json::list_of(s.notes));
}

Summary summary_of(const Json& json) {
  Summary s;
  s.name = text(json, "name"), s.directory = text(json, "directory"), s.data = text(json, "data");
  s.seed = static_cast<std::uint64_t>(integer(json, "seed").value_or(0));
  read_results(json, s);
  for (const auto& item : list(json, "artifacts")) s.artifacts.push_back(artifact_of(item));
  for (const auto& item : list(json, "verification")) s.verification.push_back(verification_of(item));
  for (const auto& item : list(json, "budget")) s.budget.push_back(budget_of(item));
  if (json.has("streaming")) s.streaming = streaming_of(json.at("streaming"));
  if (json.has("robustness")) s.robustness = robustness_of(json.at("robustness"));
  for (const auto& [stage, time] : entries(json, "seconds")) s.seconds.emplace_back(stage, time.number());
  for (const auto& [what, version] : entries(json, "versions")) s.versions.emplace_back(what, version.text());
  for (const auto& note : list(json, "notes")) s.notes.push_back(note.text());
  return s;
}

void write_summary(const std::filesystem::path& folder, const Summary& summary) {
  write_atomically(folder / "summary.json", to_json(summary).dump(2) + "\n");
}

Summary read_summary(const std::filesystem::path& folder) {
  const auto path = folder / "summary.json";
  return summary_of(Json::parse(read_text(path), path.string()));
}

}  // namespace espalier::reporting
