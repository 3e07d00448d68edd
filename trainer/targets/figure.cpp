#include "targets/figure.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "base/text.h"
#include "schema/readers.h"

namespace espalier::targets {
namespace {

constexpr std::pair<const char*, double> prefixes[] = {{"", 1},      {"p", 1e-12},    {"n", 1e-9},       {"u", 1e-6},
                                                       {"m", 1e-3},  {"k", 1e3},      {"M", 1e6},        {"G", 1e9},
                                                       {"Ki", 1024}, {"Mi", 1048576}, {"Gi", 1073741824}};

struct FigureOptions {
  std::string value, source;
  bool verified = false;
  static void describe(schema::Describe<FigureOptions>& d) {
    d.about("a number about a device");
    d.key("value", &FigureOptions::value, "with its unit").must();
    d.key("source", &FigureOptions::source, "where the number is from").must();
    d.key("verified", &FigureOptions::verified, "whether it was read at the source");
  }
};

}  // namespace

std::string read_quantity(const std::string& text, const Unit& unit, double& out) {
  const auto wanted = unit.empty() ? std::string("a number") : concat("a number and its unit, as in '10 ", unit, "'");
  double amount = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (failure != std::errc() || !std::isfinite(amount)) return concat("must be ", wanted, ", not '", text, "'");
  const auto rest = trim(std::string_view(end, static_cast<std::size_t>(text.data() + text.size() - end)));
  for (const auto& [prefix, factor] : prefixes)
    if (rest == prefix + unit && (!unit.empty() || rest.empty())) return out = amount * factor, "";
  return concat("must be ", wanted, ", not '", text, "'");
}

Figure read_figure(const schema::Value& value, const Unit& unit, const std::string& what,
                   std::vector<Problem>& problems, bool zero_allowed) {
  const auto before = problems.size();
  const auto options = schema::read_options<FigureOptions>(value, what, problems);
  if (problems.size() != before) return {};
  Figure figure{0, options.source, options.verified};
  auto wrong = read_quantity(options.value, unit, figure.value);
  if (wrong.empty() && (figure.value < 0 || (figure.value == 0 && !zero_allowed))) wrong = "must be above zero";
  if (!wrong.empty()) problems.push_back({value.find("value")->origin().text(), concat(what, " ", wrong)});
  if (trim(options.source).empty())
    problems.push_back({value.find("source")->origin().text(), concat(what, " needs a source: where is it from?")});
  return figure;
}

std::string quantity_text(double value, const Unit& unit) {
  if (value == 0) return concat("0 ", unit);
  const std::pair<const char*, double> steps[] = {{"G", 1e9},  {"M", 1e6},  {"k", 1e3},  {"", 1},
                                                  {"m", 1e-3}, {"u", 1e-6}, {"n", 1e-9}, {"p", 1e-12}};
  for (const auto& [prefix, factor] : steps) {
    const double scaled = value / factor;
    if (std::abs(scaled) < 0.9995) continue;
    return concat(fixed_text(scaled, scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0), " ", prefix, unit);
  }
  return concat(number_text(value), " ", unit);
}

}  // namespace espalier::targets
