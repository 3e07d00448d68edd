#include "exporting/golden.h"

#include "base/error.h"
#include "base/text.h"
#include "exporting/npz.h"

namespace espalier::exporting {
namespace {

std::vector<std::int64_t> with_samples(std::int64_t samples, const integer::Shape& shape) {
  std::vector<std::int64_t> all{samples};
  all.insert(all.end(), shape.begin(), shape.end());
  return all;
}

/// The member's values; `shape` receives its shape.
template <class T>
std::vector<T> take(std::vector<Array>& arrays, const std::string& name, const std::string& origin,
                    std::vector<std::int64_t>& shape) {
  for (auto& array : arrays) {
    if (array.name != name) continue;
    if (!std::holds_alternative<std::vector<T>>(array.values))
      mistake(origin, concat("holds '", name, "' in another type than expected"));
    shape = array.shape;
    return std::move(std::get<std::vector<T>>(array.values));
  }
  mistake(origin, concat("holds no array '", name, "'"));
}

template <class T>
T take_one(std::vector<Array>& arrays, const std::string& name, const std::string& origin) {
  std::vector<std::int64_t> shape;
  const auto values = take<T>(arrays, name, origin, shape);
  if (values.size() != 1) mistake(origin, concat("holds ", values.size(), " values of '", name, "'; one is needed"));
  return values.front();
}

}  // namespace

Golden golden_of(const integer::Program& program) {
  const auto& input = program.activations.at(static_cast<std::size_t>(program.input));
  Golden golden;
  golden.input_shape = input.shape;
  golden.output_shape = program.activations.at(static_cast<std::size_t>(program.output)).shape;
  golden.input_scale = input.scale;
  golden.input_zero_point = input.zero_point;
  const auto& output = program.activations.at(static_cast<std::size_t>(program.output));
  golden.output_scale = output.scale;
  golden.output_zero_point = output.zero_point;
  return golden;
}

void write_golden(const std::filesystem::path& path, const Golden& golden) {
  write_npz(path, {{"x", with_samples(golden.samples, golden.input_shape), golden.x},
                   {"y", with_samples(golden.samples, golden.output_shape), golden.y},
                   {"labels", {static_cast<std::int64_t>(golden.labels.size())}, golden.labels},
                   {"input_scale", {}, std::vector<float>{golden.input_scale}},
                   {"input_zero_point", {}, std::vector<std::int32_t>{golden.input_zero_point}},
                   {"output_scale", {}, std::vector<float>{golden.output_scale}},
                   {"output_zero_point", {}, std::vector<std::int32_t>{golden.output_zero_point}}});
}

Golden read_golden(const std::filesystem::path& path) {
  const auto origin = path.string();
  auto arrays = read_npz(path);
  Golden golden;
  std::vector<std::int64_t> x_shape, y_shape, labels_shape;
  golden.x = take<std::int8_t>(arrays, "x", origin, x_shape);
  golden.y = take<std::int8_t>(arrays, "y", origin, y_shape);
  golden.labels = take<std::int64_t>(arrays, "labels", origin, labels_shape);
  golden.input_scale = take_one<float>(arrays, "input_scale", origin);
  golden.input_zero_point = take_one<std::int32_t>(arrays, "input_zero_point", origin);
  golden.output_scale = take_one<float>(arrays, "output_scale", origin);
  golden.output_zero_point = take_one<std::int32_t>(arrays, "output_zero_point", origin);
  if (x_shape.empty() || y_shape.empty() || x_shape[0] != y_shape[0])
    mistake(origin, "holds inputs and outputs of different numbers");
  if (!golden.labels.empty() && static_cast<std::int64_t>(golden.labels.size()) != x_shape[0])
    mistake(origin, "holds labels and inputs of different numbers");
  golden.samples = x_shape[0];
  golden.input_shape.assign(x_shape.begin() + 1, x_shape.end());
  golden.output_shape.assign(y_shape.begin() + 1, y_shape.end());
  return golden;
}

}  // namespace espalier::exporting
