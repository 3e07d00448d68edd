#include "training/class_weights.h"

#include "base/error.h"
#include "base/text.h"
#include "schema/readers.h"

namespace espalier::training {
namespace {

std::vector<float> balanced(const datasets::Dataset& data) {
  const auto samples = data.size(datasets::Split::train);
  std::vector<std::int64_t> counts(data.classes().size());
  for (std::int64_t i = 0; i < samples; ++i) ++counts[static_cast<std::size_t>(data.label(datasets::Split::train, i))];
  std::vector<float> weights;
  for (const auto count : counts)
    weights.push_back(count == 0 ? 0.0F
                                 : static_cast<float>(static_cast<double>(samples) /
                                                      static_cast<double>(count * std::int64_t(counts.size()))));
  return weights;
}

}  // namespace

std::vector<float> class_weights(const schema::Value& weights, const datasets::Dataset& data) {
  const auto classes = data.classes().size();
  if (weights.is_null()) return std::vector<float>(classes, 1.0F);
  if (weights.is_scalar() && weights.text() == "balanced") return balanced(data);
  std::vector<double> numbers;
  auto wrong = weights.is_list() ? schema::Reader<std::vector<double>>::read(weights, &numbers)
                                 : std::string("must be balanced or a list of numbers");
  if (wrong.empty() && numbers.size() != classes)
    wrong = concat("has ", numbers.size(), " numbers for ", classes, " classes (", join(data.classes(), ", "), ")");
  double sum = 0;
  for (const double number : numbers) {
    if (wrong.empty() && number < 0) wrong = "must not be negative";
    sum += number;
  }
  if (wrong.empty() && !(sum > 0)) wrong = "must not all be 0";
  if (!wrong.empty()) mistake(weights.origin().text(), concat("class_weights ", wrong));
  return {numbers.begin(), numbers.end()};
}

}  // namespace espalier::training
