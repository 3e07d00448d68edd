#include "exporting/onnx/qdq_values.h"

#include <cmath>

#include "base/text.h"

namespace espalier::exporting::onnx {
namespace {

using importing::onnx::DataType;
using importing::onnx::Unreadable;

constexpr std::int64_t largest_extent = 1 << 20;
constexpr std::int32_t unsigned_offset = 128;

std::int32_t extent(std::int64_t value, std::int64_t least) {
  if (value < least || value > largest_extent) throw Unreadable{concat("an extent of ", value)};
  return static_cast<std::int32_t>(value);
}

void check_scale(float scale) {
  if (!(scale > 0) || std::isinf(scale)) throw Unreadable{concat("a scale of ", scale)};
}

}  // namespace

integer::Shape positions(const integer::Shape& input, const integer::Window& w, std::int64_t channels) {
  const auto along = [&](std::size_t axis, std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
    const auto room = input[axis] + padding - kernel;
    if (room < 0) throw Unreadable{"a window that is larger than its image"};
    return room / stride + 1;
  };
  return {along(0, w.kernel_height, w.stride_height, w.pad_top + w.pad_bottom),
          along(1, w.kernel_width, w.stride_width, w.pad_left + w.pad_right), channels};
}

QdqValues::QdqValues(const importing::onnx::Model& model) : model_(model) {
  importing::onnx::ExternalFiles none("");
  for (const auto& initializer : model.initializers) {
    try {
      constants_.emplace(initializer.name, importing::onnx::decode(initializer.tensor, none));
    } catch (const Unreadable&) {
      // Whoever reads it will miss it.
    }
  }
}

const importing::onnx::Constant& QdqValues::constant(const Node& node, std::size_t input) const {
  const auto found = input < node.inputs.size() ? constants_.find(node.inputs[input]) : constants_.end();
  if (found == constants_.end()) throw Unreadable{concat("its input ", input, " is no constant that can be read")};
  return found->second;
}

TensorEncoding QdqValues::encoding(const Node& node) const {
  const auto &scale = constant(node, 1), &zero_point = constant(node, 2);
  if (scale.type != DataType::float32 || scale.reals.size() != 1) throw Unreadable{"more than one scale"};
  if (zero_point.type != DataType::uint8 || zero_point.wholes.size() != 1)
    throw Unreadable{concat("a zero point of ", importing::onnx::name_of(zero_point.type), "; activations are uint8")};
  check_scale(scale.reals[0]);
  return {scale.reals[0], static_cast<std::int32_t>(zero_point.wholes[0]) - unsigned_offset};
}

integer::Shape QdqValues::input_shape() const {
  const auto& all = model_.inputs.front().extents;
  if (all.size() != 2 && all.size() != 4) throw Unreadable{"takes neither features nor an image"};
  for (std::size_t i = 1; i < all.size(); ++i) extent(all[i], 1);
  return all.size() == 2 ? integer::Shape{all[1]} : integer::Shape{all[2], all[3], all[1]};
}

void QdqValues::add_codes(const Node& node) {
  const auto &values = constant(node, 0), &scale = constant(node, 1), &zero_point = constant(node, 2);
  if (values.type != DataType::int8 && values.type != DataType::int32)
    throw Unreadable{concat("constants of ", importing::onnx::name_of(values.type))};
  if (scale.type != DataType::float32 || zero_point.type != values.type)
    throw Unreadable{"an encoding of another type"};
  for (const auto zero : zero_point.wholes)
    if (zero != 0) throw Unreadable{concat("a zero point of ", zero, "; weights are symmetric")};
  for (const auto each : scale.reals) check_scale(each);
  const bool by_channel = scale.reals.size() > 1;
  if (scale.reals.empty() || zero_point.wholes.size() != scale.reals.size() ||
      (by_channel && (values.shape.empty() || values.shape[0] != static_cast<std::int64_t>(scale.reals.size()) ||
                      whole(node, "axis", 1) != 0)))
    throw Unreadable{"scales that are neither one nor one for each slice of axis 0"};
  codes_[node.outputs[0]] = {values, scale.reals};
}

const Codes& QdqValues::codes(const Node& node, std::size_t input) const {
  const auto found = input < node.inputs.size() ? codes_.find(node.inputs[input]) : codes_.end();
  if (found == codes_.end()) throw Unreadable{concat("its input ", input, " is no dequantized constant")};
  return found->second;
}

std::vector<std::int8_t> QdqValues::channels_last(const Codes& weight, std::size_t blocks) const {
  const auto& from = weight.values.wholes;
  if (weight.values.type != DataType::int8) throw Unreadable{"weights that are not int8"};
  std::vector<std::int8_t> to(from.size());
  if (blocks == 0 || from.empty()) {
    for (std::size_t i = 0; i < from.size(); ++i) to[i] = static_cast<std::int8_t>(from[i]);
    return to;
  }
  const auto& shape = weight.values.shape;
  const auto pixels = static_cast<std::size_t>(shape[2] * shape[3]), channels = from.size() / (blocks * pixels);
  for (std::size_t b = 0; b < blocks; ++b)
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t p = 0; p < pixels; ++p)
        to[(b * pixels + p) * channels + c] = static_cast<std::int8_t>(from[(b * channels + c) * pixels + p]);
  return to;
}

std::vector<std::int64_t> QdqValues::numbers(const Node& node, std::size_t input, std::size_t count) const {
  const auto& found = constant(node, input);
  if (found.type != DataType::int64 || found.wholes.empty() || (count && found.wholes.size() != count))
    throw Unreadable{concat("its input ", input, " is no list of the right length")};
  for (const auto value : found.wholes) extent(value, -1);
  return found.wholes;
}
float QdqValues::number(const Node& node, std::size_t input) const {
  const auto& found = constant(node, input);
  if (found.type != DataType::float32 || found.reals.size() != 1)
    throw Unreadable{concat("its input ", input, " is no number")};
  return found.reals[0];
}
std::int64_t QdqValues::whole(const Node& node, const char* attribute, std::int64_t otherwise) const {
  const auto found = node.attribute(attribute);
  return found ? found->whole : otherwise;
}
std::vector<std::int64_t> QdqValues::list(const Node& node, const char* attribute) const {
  const auto found = node.attribute(attribute);
  return found ? found->wholes : std::vector<std::int64_t>{};
}

integer::Window QdqValues::window(const Node& node, std::int64_t kernel_height, std::int64_t kernel_width) const {
  const auto or_else = [&](const char* attribute, std::vector<std::int64_t> otherwise) {
    const auto found = list(node, attribute);
    if (found.empty()) return otherwise;
    if (found.size() != otherwise.size()) throw Unreadable{concat(attribute, " of another length")};
    return found;
  };
  const auto kernel = or_else("kernel_shape", {kernel_height, kernel_width}), stride = or_else("strides", {1, 1}),
             pads = or_else("pads", {0, 0, 0, 0});
  if (kernel_height && kernel != std::vector{kernel_height, kernel_width})
    throw Unreadable{"kernel_shape differs from the weight's extents"};
  if (or_else("dilations", {1, 1}) != std::vector<std::int64_t>{1, 1}) throw Unreadable{"a dilated window"};
  return {extent(kernel[0], 1), extent(kernel[1], 1), extent(stride[0], 1), extent(stride[1], 1),
          extent(pads[0], 0),   extent(pads[2], 0),   extent(pads[1], 0),   extent(pads[3], 0)};
}

}  // namespace espalier::exporting::onnx
