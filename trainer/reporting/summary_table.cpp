// The page that ends a run. Nothing that was not measured or did not run looks like a success.
#include <fmt/core.h>

#include "base/text.h"
#include "reporting/class_table.h"
#include "reporting/summary.h"
#include "reporting/text_table.h"

namespace espalier::reporting {
namespace {

constexpr std::size_t page = 80;
constexpr const char* not_measured = "not measured";

std::string percent(double fraction, int decimals = 2) { return fixed_text(100 * fraction, decimals) + " %"; }
std::string percent(const std::optional<double>& fraction) { return fraction ? percent(*fraction) : not_measured; }

std::string points(double difference) {
  return concat(difference < 0 ? "" : "+", fixed_text(100 * difference, 2), " points");
}

/// "84.13 % of …" where a whole is known.
std::string share_of(std::int64_t part, const std::optional<std::int64_t>& whole) {
  if (!whole || *whole == 0) return {};
  const double share = static_cast<double>(part) / static_cast<double>(*whole);
  return concat(percent(share, 1), " of ", grouped_text(*whole), " uncompressed");
}

/// What, how much, remark.
TextTable facts() {
  return TextTable({{"", TextTable::Align::left}, {"", TextTable::Align::right}, {"", TextTable::Align::left}}, 4);
}

std::string section(const std::string& title, const TextTable& rows) {
  return rows.empty() ? "" : "\n  " + title + "\n" + rows.text(page);
}

std::string heading(const Summary& s) {
  std::string text = concat(s.name, ", seed ", s.seed);
  if (!s.directory.empty()) text += "  ->  " + s.directory;
  text += "\n" + std::string(page, '=') + "\n";
  if (!s.data.empty())
    for (const auto& line : wrapped("trained on " + s.data, page - 2)) text += "  " + line + "\n";
  return text;
}

std::string accuracy_section(const Summary& s) {
  auto rows = facts();
  rows.row({"float", percent(s.accuracy.floating)});
  rows.row({"fake-quant", percent(s.accuracy.fake_quant)});
  std::string sure;
  if (s.interval)
    sure = concat("95 %: ", fixed_text(100 * s.interval->first, 1), " to ", percent(s.interval->second, 1));
  const auto device = s.arithmetic.empty() ? "tflm" : s.arithmetic;
  if (device != "tflm") sure = concat("by ", device, sure.empty() ? "" : ", ", sure);
  rows.row({"integer, as on the device", percent(s.accuracy.integer), sure});
  for (const auto& [arithmetic, accuracy] : s.accuracy.arithmetics)
    if (arithmetic != device) rows.row({"integer, by " + arithmetic, percent(accuracy)});
  if (s.agreement) rows.row({"integer agrees with fake-quant", percent(s.agreement)});
  if (s.baseline.accuracy)
    rows.row({"baseline, uncompressed", percent(s.baseline.accuracy),
              s.accuracy.integer ? concat("integer ", points(*s.accuracy.integer - *s.baseline.accuracy)) : ""});
  if (s.teacher.accuracy) rows.row({"teacher", percent(s.teacher.accuracy), s.teacher.name});
  const auto on = s.test_samples ? " on " + counted_text("test ", s.test_samples, s.test_recordings) : "";
  return section(metric_title(s.metric) + on, rows);
}

/// Where the metric weighs classes: which of them it is about.
std::string classes_section(const Summary& s) {
  if (s.metric == "accuracy") return {};
  const auto rows = class_table(s.classes, 4);
  return rows.empty() ? "" : concat("\n  Classes, ", s.accuracy.integer ? "integer" : "float", "\n", rows);
}

/// Of the integer model, else of the float one: what else the task measures, and what it chose.
std::string scores_section(const Summary& s) {
  auto rows = facts();
  if (s.chosen.entries().empty()) return {};
  const auto text = [](const Json& value) { return value.is_number() ? fixed_text(value.number(), 3) : not_measured; };
  const auto& scores = s.scores.at(s.accuracy.integer ? "integer" : "float");
  if (scores.is_map())
    for (const auto& [name, value] : scores.entries()) rows.row({name, text(value)});
  rows.row({"threshold", text(s.chosen.at("threshold")),
            concat("false positives on validation at most ", text(s.chosen.at("false_positive_rate")))});
  const auto& on_test = s.chosen.at("on_test");
  rows.row({"  found on test", text(on_test.at("true_positives")),
            concat("false positives ", text(on_test.at("false_positives")))});
  return section(s.accuracy.integer ? "Scores, integer" : "Scores, float", rows);
}

std::string size_section(const Summary& s) {
  auto rows = facts();
  rows.row({"parameters", grouped_text(s.parameters), share_of(s.parameters, s.baseline.parameters)});
  rows.row({"non-zero parameters", grouped_text(s.nonzero_parameters), concat("sparsity ", percent(s.sparsity, 1))});
  rows.row({"multiply-accumulates", grouped_text(s.macs), share_of(s.macs, s.baseline.macs)});
  const auto on = s.target.empty() ? "" : "on " + s.target;
  rows.row({"flash", s.flash_bytes ? bytes_text(*s.flash_bytes) : not_measured, on});
  rows.row({"arena (RAM)", s.arena_bytes ? bytes_text(*s.arena_bytes) : not_measured, on});
  return section("Size", rows);
}

std::string target_section(const Summary& s) {
  auto rows = facts();
  if (!s.fit) return {};
  const auto& fit = *s.fit;
  const auto of = [](std::int64_t limit, bool verified) {
    return concat("of ", bytes_text(limit), verified ? "" : ", unverified");
  };
  const auto basis = [](bool verified) {
    return verified ? "estimated on verified figures" : "estimated on unverified figures";
  };
  rows.row({"flash with code", bytes_text(fit.flash_bytes), of(fit.flash_limit, fit.flash_verified)});
  rows.row({"RAM", bytes_text(fit.ram_bytes), of(fit.ram_limit, fit.ram_verified)});
  rows.row({"inference", fit.milliseconds ? fixed_text(*fit.milliseconds, 2) + " ms" : not_measured,
            fit.milliseconds ? basis(fit.latency_verified) : ""});
  rows.row({"energy", fit.millijoules ? fixed_text(*fit.millijoules, 3) + " mJ" : not_measured,
            fit.millijoules ? basis(fit.energy_verified) : ""});
  return section(concat("On ", fit.target, " by ", fit.runtime), rows);
}

std::string cost_text(const RuntimeCost& cost) {
  const auto known = [](const std::optional<std::int64_t>& bytes) { return bytes ? bytes_text(*bytes) : "unknown"; };
  const auto flash =
      cost.flash() ? concat("flash ", known(cost.flash()), cost.code ? "" : " + code", ", ") : std::string();
  return concat("on ", cost.runtime, ": ", flash, "arena ", known(cost.arena()));
}

std::string artifacts_section(const Summary& s) {
  auto rows = facts();
  for (const auto& artifact : s.artifacts) {
    const auto digest = artifact.sha256.empty() ? "" : "sha256 " + artifact.sha256.substr(0, 12);
    rows.row({artifact.path, bytes_text(artifact.bytes), digest});
    for (const auto& cost : artifact.runtimes) rows.row({"", "", cost_text(cost)});
  }
  return section("Artifacts", rows);
}

/// Two digits: "7.2e-07".
std::string short_text(double value) { return fmt::format("{:.2g}", value); }

std::string judge_text(const Verification& check) {
  if (check.level == Level::readback) return "readback";
  return concat("judge ", check.judge, check.version.empty() ? "" : " ", check.version);
}

std::string verification_section(const Summary& s) {
  constexpr const char* words[] = {"passed", "FAILED", "NOT RUN"};
  TextTable rows({{""}, {""}, {""}}, 4);
  for (const auto& check : s.verification) {
    const auto file = std::filesystem::path(check.artifact).filename().string();
    const auto said = remark(check);
    rows.row({words[static_cast<int>(check.status)], file, judge_text(check) + (said.empty() ? "" : ": " + said)});
  }
  if (s.verification.empty()) rows.row({"NOT RUN", "nothing was verified"});
  return section("Verification", rows);
}

std::string streaming_section(const Summary& s) {
  if (!s.streaming) return {};
  const auto& stream = *s.streaming;
  auto rows = facts();
  rows.row({"false rejects", percent(stream.false_rejects), concat("of ", grouped_text(stream.keywords), " keywords")});
  rows.row({"false accepts", fixed_text(stream.false_accepts_per_hour, 1) + " an hour",
            concat("in ", fixed_text(60 * stream.hours, 1), " minutes")});
  rows.row({"threshold", fixed_text(stream.threshold, 2), "chosen on the validation split"});
  return section("Continuous sound", rows);
}

std::string budget_section(const Summary& s) {
  TextTable rows({{""}, {""}, {"", TextTable::Align::right}, {""}}, 4);
  for (const auto& line : s.budget)
    rows.row({line.met() ? "met" : "NOT MET", line.name,
              line.actual ? amount_text(*line.actual, line.unit) : not_measured,
              "of " + amount_text(line.limit, line.unit)});
  return section("Budget", rows);
}

std::string time_section(const Summary& s) {
  TextTable rows({{""}, {"", TextTable::Align::right}}, 4);
  double all = 0;
  for (const auto& [stage, seconds] : s.seconds) rows.row({stage, duration_text(seconds)}), all += seconds;
  if (s.seconds.size() > 1) rows.row({"all", duration_text(all)});
  return section("Time", rows);
}

std::string closing(const Summary& s) {
  std::string text;
  for (const auto& note : s.notes)
    for (const auto& line : wrapped("note: " + note, page - 2)) text += "  " + line + "\n";
  const auto wrong = unmet(s);
  std::size_t open = 0;
  for (const auto& check : s.verification) open += check.status == Status::not_run;
  if (!wrong.empty())
    text += concat("  ", wrong.size(), wrong.size() == 1 ? " requirement is" : " requirements are", " NOT MET.\n");
  if (open == 1) text += "  1 check did not run; nothing is claimed about it.\n";
  if (open > 1) text += concat("  ", open, " checks did not run; nothing is claimed about them.\n");
  return text.empty() ? "" : "\n" + text;
}

}  // namespace

std::string remark(const Verification& check) {
  if (check.status == Status::not_run) return check.reason.empty() ? "did not run" : check.reason;
  std::vector<std::string> parts;
  if (check.samples) parts.push_back(grouped_text(check.samples) + " samples");
  if (check.max_lsb)
    parts.push_back(*check.max_lsb == 0 ? "bit-equal" : concat("off by ", number_text(*check.max_lsb), " LSB at most"));
  if (check.max_difference)
    parts.push_back(*check.max_difference == 0 ? "equal" : concat("equal to ", short_text(*check.max_difference)));
  if (!check.reason.empty()) parts.push_back(check.reason);
  return join(parts, ", ");
}

std::string table(const Summary& s) {
  return heading(s) + accuracy_section(s) + classes_section(s) + scores_section(s) + size_section(s) +
         target_section(s) + artifacts_section(s) + verification_section(s) + streaming_section(s) +
         (s.robustness ? "\n" + table(*s.robustness, s.metric) : "") + budget_section(s) + time_section(s) + closing(s);
}

}  // namespace espalier::reporting
