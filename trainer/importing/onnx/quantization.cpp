#include "importing/onnx/quantization.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"

namespace espalier::importing::onnx {
namespace {

struct Range {
  std::int64_t low, high;
};
Range range_of(DataType type) {
  switch (type) {
    case DataType::int8:
      return {-128, 127};
    case DataType::uint8:
      return {0, 255};
    case DataType::int16:
      return {-32768, 32767};
    case DataType::uint16:
      return {0, 65535};
    case DataType::int32:
      return {-(std::int64_t{1} << 31), (std::int64_t{1} << 31) - 1};
    default:
      throw Unreadable{concat("quantized to ", name_of(type), "; int8 and its like can be read")};
  }
}

/// Of the zero point, else of the integers that are dequantized, else what output_dtype says (opset 21).
DataType integer_type(const Arguments& a) {
  if (a.given(2)) return a.constant(2).type;
  if (a.node().op_type == "DequantizeLinear" && a.is_constant(0)) return a.constant(0).type;
  return static_cast<DataType>(a.whole("output_dtype", static_cast<std::int64_t>(DataType::uint8)));
}

/// Calls visit(element, slice) for every element of `shape`.
template <class Visit>
void each(const Constant& constant, const Encoding& encoding, const Visit& visit) {
  std::size_t inner = 1, slices = encoding.scale.size();
  if (slices > 1)
    for (auto i = static_cast<std::size_t>(encoding.axis) + 1; i < constant.shape.size(); ++i)
      inner *= static_cast<std::size_t>(constant.shape[i]);
  for (std::size_t i = 0; i < constant.count(); ++i) visit(i, slices > 1 ? i / inner % slices : 0);
}

}  // namespace

Encoding encoding_of(const Arguments& a, const Shape& shape) {
  if (a.whole("block_size", 0) != 0) throw Unreadable{"quantized in blocks; quantize by tensor or by channel"};
  const auto& scale = a.constant(1);
  if (!is_real(scale.type) || scale.reals.empty()) throw Unreadable{"a scale that is no float"};
  Encoding e;
  e.type = integer_type(a);
  const auto range = range_of(e.type);
  e.scale = scale.reals;
  for (const auto s : e.scale)
    if (!(s > 0) || std::isinf(s)) throw Unreadable{concat("a scale of ", s)};
  e.zero_point.assign(e.scale.size(), 0);
  if (a.given(2)) e.zero_point = a.constant(2).wholes;
  if (e.zero_point.size() != e.scale.size())
    throw Unreadable{concat(e.scale.size(), " scales with ", e.zero_point.size(), " zero points")};
  for (const auto zero : e.zero_point)
    if (zero < range.low || zero > range.high) throw Unreadable{concat("a zero point of ", zero)};
  if (e.scale.size() == 1) return e;
  e.axis = axis_of(a.whole("axis", 1), shape.size());
  if (shape[static_cast<std::size_t>(e.axis)] != static_cast<std::int64_t>(e.scale.size()))
    throw Unreadable{concat(e.scale.size(), " scales along axis ", e.axis, " of ", graph::text_of(shape))};
  return e;
}

std::optional<Clamp> saturation(const Encoding& e) {
  const auto range = range_of(e.type);
  bool at_six = true;
  for (std::size_t i = 0; i < e.scale.size(); ++i) {
    if (e.zero_point[i] != range.low) return std::nullopt;
    const double high = static_cast<double>(range.high - e.zero_point[i]) * static_cast<double>(e.scale[i]);
    at_six = at_six && std::abs(high - 6) <= 0.12;
  }
  return Clamp{0, at_six ? 6 : std::numeric_limits<double>::infinity()};
}

Constant dequantized(const Arguments& a, ExternalFiles&) {
  const auto& from = a.constant(0);
  if (is_real(from.type)) throw Unreadable{concat(name_of(from.type), " is no integer to be dequantized")};
  const auto e = encoding_of(a, from.shape);
  if (e.type != from.type)
    throw Unreadable{concat("a zero point of ", name_of(e.type), " for integers of ", name_of(from.type))};
  Constant to{DataType::float32, from.shape, {}, {}, from.name};
  to.reals.resize(from.wholes.size());
  each(from, e, [&](std::size_t i, std::size_t slice) {
    to.reals[i] = static_cast<float>(from.wholes[i] - e.zero_point[slice]) * e.scale[slice];
  });
  return to;
}

Constant quantized(const Arguments& a, ExternalFiles&) {
  const auto& from = a.constant(0);
  if (!is_real(from.type)) throw Unreadable{concat(name_of(from.type), " is quantized already")};
  const auto e = encoding_of(a, from.shape);
  const auto range = range_of(e.type);
  Constant to{e.type, from.shape, {}, {}, from.name};
  to.wholes.resize(from.reals.size());
  each(from, e, [&](std::size_t i, std::size_t slice) {
    const auto low = static_cast<double>(range.low), high = static_cast<double>(range.high);
    const double rounded = std::nearbyint(from.reals[i] / e.scale[slice]) + static_cast<double>(e.zero_point[slice]);
    to.wholes[i] =
        std::isnan(rounded) ? e.zero_point[slice] : static_cast<std::int64_t>(std::clamp(rounded, low, high));
  });
  return to;
}

}  // namespace espalier::importing::onnx
