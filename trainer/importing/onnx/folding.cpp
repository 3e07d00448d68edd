#include "importing/onnx/folding.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/text.h"
#include "importing/onnx/quantization.h"
#include "importing/onnx/rules.h"

namespace espalier::importing::onnx {
namespace {

constexpr std::int64_t most_elements = 4096;

Constant integers(Shape shape, std::vector<std::int64_t> numbers, DataType type = DataType::int64) {
  return {type, std::move(shape), {}, std::move(numbers), ""};
}
std::int64_t extent(std::size_t count) { return static_cast<std::int64_t>(count); }

Constant constant(const Arguments& a, ExternalFiles& files) {
  const auto& node = a.node();
  if (const auto value = node.attribute("value")) return decode(value->tensor, files);
  if (const auto whole = node.attribute("value_int")) return integers({}, {whole->whole});
  if (const auto wholes = node.attribute("value_ints"))
    return integers({extent(wholes->wholes.size())}, wholes->wholes);
  if (const auto real = node.attribute("value_float"))
    return {DataType::float32, {}, {static_cast<float>(real->real)}, {}, ""};
  if (auto reals = node.attribute("value_floats"))
    return {DataType::float32, {extent(reals->reals.size())}, std::move(reals->reals), {}, ""};
  throw Unreadable{"a constant that is neither a dense tensor nor numbers"};
}

Constant constant_of_shape(const Arguments& a, ExternalFiles& files) {
  const Shape shape = a.numbers(0);
  const auto elements = checked_elements(shape);
  if (elements > most_elements) throw Unreadable{concat("a constant of ", elements, " elements")};
  const auto given = a.node().attribute("value");
  auto value = given ? decode(given->tensor, files) : Constant{DataType::float32, {1}, {0}, {}, ""};
  if (value.count() != 1) throw Unreadable{"a value of more than one element"};
  return taken(value, shape, std::vector<std::size_t>(static_cast<std::size_t>(elements), 0));
}

/// Of one number, as exporters make the zeros that a recurrent layer starts from.
Constant expand(const Arguments& a, ExternalFiles&) {
  const auto& from = a.constant(0);
  auto shape = a.numbers(1);
  if (from.count() == 0) throw Unreadable{"of nothing"};
  const bool alike = std::ranges::all_of(from.reals, [&](float value) { return value == from.reals[0]; }) &&
                     std::ranges::all_of(from.wholes, [&](std::int64_t value) { return value == from.wholes[0]; });
  if (!alike) throw Unreadable{"of several numbers"};
  const auto axes = std::max(shape.size(), from.shape.size());
  shape.insert(shape.begin(), axes - shape.size(), 1);
  for (std::size_t i = 0; i < from.shape.size(); ++i) {
    auto& extent = shape[axes - from.shape.size() + i];
    if (extent != from.shape[i] && extent != 1 && from.shape[i] != 1) throw Unreadable{"to extents that do not fit"};
    extent = extent == 1 ? from.shape[i] : extent;
  }
  const auto elements = checked_elements(shape);
  if (elements > most_elements) throw Unreadable{concat("a constant of ", elements, " elements")};
  return taken(from, shape, std::vector<std::size_t>(static_cast<std::size_t>(elements), 0));
}

/// A part of the shape from opset 15 on.
Constant shape(const Arguments& a, ExternalFiles&) {
  const auto& in = a.shape(0);
  const auto all = extent(in.size());
  const auto place = [&](std::int64_t at) { return std::clamp<std::int64_t>(at < 0 ? at + all : at, 0, all); };
  const auto start = place(std::clamp<std::int64_t>(a.whole("start", 0), -all, all));
  const auto end = std::max(start, place(std::clamp<std::int64_t>(a.whole("end", all), -all, all)));
  return integers({end - start}, {in.begin() + start, in.begin() + end});
}

Constant size(const Arguments& a, ExternalFiles&) { return integers({}, {checked_elements(a.shape(0))}); }

/// Extents before, of and after `axis`.
struct Split {
  std::size_t before, along, after;
};
Split split_at(const Shape& shape, std::int64_t axis) {
  const auto middle = shape.begin() + axis;
  return {static_cast<std::size_t>(graph::elements({shape.begin(), middle})), static_cast<std::size_t>(*middle),
          static_cast<std::size_t>(graph::elements({middle + 1, shape.end()}))};
}

/// The slices `kept` along an axis.
Constant slices(const Constant& from, std::int64_t axis, const std::vector<std::size_t>& kept, Shape shape) {
  const auto [before, along, after] = split_at(from.shape, axis);
  std::vector<std::size_t> elements;
  for (std::size_t outer = 0; outer < before; ++outer)
    for (const auto slice : kept)
      for (std::size_t inner = 0; inner < after; ++inner) elements.push_back((outer * along + slice) * after + inner);
  return taken(from, std::move(shape), elements);
}

Constant gather(const Arguments& a, ExternalFiles&) {
  const auto& from = a.constant(0);
  const auto axis = axis_of(a.whole("axis", 0), from.shape.size());
  const auto along = from.shape[static_cast<std::size_t>(axis)];
  std::vector<std::size_t> kept;
  for (const auto index : a.numbers(1)) {
    if (index < -along || index >= along) throw Unreadable{concat("element ", index, " of ", along)};
    kept.push_back(static_cast<std::size_t>(index < 0 ? index + along : index));
  }
  if (extent(from.count()) > most_elements) throw Unreadable{"a selection from a large constant"};
  Shape out(from.shape.begin(), from.shape.begin() + axis);
  out.insert(out.end(), a.shape(1).begin(), a.shape(1).end());
  out.insert(out.end(), from.shape.begin() + axis + 1, from.shape.end());
  if (checked_elements(out) > most_elements) throw Unreadable{"a selection of too many elements"};
  return slices(from, axis, kept, std::move(out));
}

/// Inputs data, starts, ends, axes, steps.
Constant slice(const Arguments& a, ExternalFiles&) {
  Constant from = a.constant(0);
  const auto starts = a.numbers(1), ends = a.numbers(2);
  Numbers axes(starts.size()), steps(starts.size(), 1);
  std::iota(axes.begin(), axes.end(), 0);
  if (a.given(3)) axes = a.numbers(3);
  if (a.given(4)) steps = a.numbers(4);
  if (ends.size() != starts.size() || axes.size() != starts.size() || steps.size() != starts.size())
    throw Unreadable{"starts, ends, axes and steps differ in number"};
  if (starts.size() > from.shape.size()) throw Unreadable{"more slices than axes"};
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const auto axis = axis_of(axes[i], from.shape.size());
    const auto along = from.shape[static_cast<std::size_t>(axis)];
    if (steps[i] == 0 || steps[i] < -along - 1 || steps[i] > along + 1) throw Unreadable{concat("steps of ", steps[i])};
    const bool forward = steps[i] > 0;
    const auto bound = [&](std::int64_t at) {  // numpy's rules
      at = std::clamp<std::int64_t>(at, -2 * along - 1, 2 * along);
      return std::clamp<std::int64_t>(at < 0 ? at + along : at, forward ? 0 : -1, forward ? along : along - 1);
    };
    std::vector<std::size_t> kept;
    const auto end = bound(ends[i]);
    for (auto at = bound(starts[i]); forward ? at < end : at > end; at += steps[i])
      kept.push_back(static_cast<std::size_t>(at));
    auto out = from.shape;
    out[static_cast<std::size_t>(axis)] = extent(kept.size());
    from = slices(from, axis, kept, std::move(out));
  }
  return from;
}

Constant concat_constants(const Arguments& a, ExternalFiles&) {
  Constant all = a.constant(0);
  const auto axis = axis_of(a.whole("axis", 0), all.shape.size());
  if (axis != 0) throw Unreadable{"constants joined along an inner axis"};
  for (std::size_t i = 1; i < a.count(); ++i) {
    const auto& more = a.constant(i);
    if (more.type != all.type || more.shape.size() != all.shape.size() ||
        !std::equal(more.shape.begin() + 1, more.shape.end(), all.shape.begin() + 1))
      throw Unreadable{"constants that differ beside the joined axis"};
    if (extent(all.count() + more.count()) > most_elements) throw Unreadable{"a large constant in parts"};
    all.shape[0] += more.shape[0];
    all.reals.insert(all.reals.end(), more.reals.begin(), more.reals.end());
    all.wholes.insert(all.wholes.end(), more.wholes.begin(), more.wholes.end());
  }
  return all;
}

Constant with_shape(Constant constant, Shape shape) {
  if (checked_elements(shape) != extent(constant.count()))
    throw Unreadable{concat(graph::text_of(shape), " for ", constant.count(), " numbers")};
  constant.shape = std::move(shape);
  return constant;
}

/// Row-major elements in the order of a permutation of the axes.
std::vector<std::size_t> permuted(const Shape& from, const Numbers& order) {
  Numbers strides(from.size(), 1);
  for (std::size_t i = from.size(); i-- > 1;) strides[i - 1] = strides[i] * from[i];
  std::vector<std::size_t> elements = {0};
  for (const auto axis : order) {
    const auto i = static_cast<std::size_t>(axis);
    std::vector<std::size_t> next;
    for (const auto base : elements)
      for (std::int64_t at = 0; at < from[i]; ++at) next.push_back(base + static_cast<std::size_t>(at * strides[i]));
    elements = std::move(next);
  }
  return elements;
}

/// As the same operator does with activations.
Constant layout(const Arguments& a, ExternalFiles&) {
  const auto& from = a.constant(0);
  try {
    const auto operation = rules().find(a.node().op_type)->second(a);
    auto shape = output_shape(operation, {from.shape});
    if (const auto* turned = std::get_if<Permute>(&operation))
      return taken(from, std::move(shape), permuted(from.shape, turned->order));
    return with_shape(from, std::move(shape));
  } catch (const Misfit& misfit) {
    throw Unreadable{misfit.text};
  }
}

Constant identity(const Arguments& a, ExternalFiles&) { return a.constant(0); }

Constant cast(const Arguments& a, ExternalFiles&) {
  auto c = a.constant(0);
  const auto to = static_cast<DataType>(a.whole("to", 0));
  if (is_real(c.type) && is_real(to)) return c;
  const bool wide = to == DataType::int32 || to == DataType::int64;
  if (!is_real(c.type) && is_real(to)) {
    c.reals.assign(c.wholes.begin(), c.wholes.end());
    c.wholes.clear();
  } else if (is_real(c.type) && wide) {
    for (const auto number : c.reals) {
      if (!(std::abs(number) < 2147483648.0f)) throw Unreadable{concat(number, " as ", name_of(to))};
      c.wholes.push_back(static_cast<std::int64_t>(number));
    }
    c.reals.clear();
  } else if (!wide) {
    throw Unreadable{concat(name_of(c.type), " as ", name_of(to))};
  }
  c.type = to;
  return c;
}

/// Of integers; the shorter one is a single number, or both are alike.
template <class Compute>
Constant arithmetic(const Arguments& a, Compute compute) {
  const auto left = a.numbers(0), right = a.numbers(1);
  const bool alike = a.shape(0) == a.shape(1);
  if (left.empty() || right.empty() || (!alike && left.size() != 1 && right.size() != 1))
    throw Unreadable{concat("constants of ", graph::text_of(a.shape(0)), " and ", graph::text_of(a.shape(1)))};
  std::vector<std::int64_t> results(std::max(left.size(), right.size()));
  for (std::size_t i = 0; i < results.size(); ++i)
    if (!compute(left[left.size() == 1 ? 0 : i], right[right.size() == 1 ? 0 : i], &results[i]))
      throw Unreadable{"integers that are too large, or a division by 0"};
  return integers(a.shape(left.size() >= right.size() && a.shape(0).size() >= a.shape(1).size() ? 0 : 1), results,
                  a.constant(0).type);
}
Constant add(const Arguments& a, ExternalFiles&) {
  return arithmetic(a, [](auto x, auto y, auto* z) { return !__builtin_add_overflow(x, y, z); });
}
Constant subtract(const Arguments& a, ExternalFiles&) {
  return arithmetic(a, [](auto x, auto y, auto* z) { return !__builtin_sub_overflow(x, y, z); });
}
Constant multiply(const Arguments& a, ExternalFiles&) {
  return arithmetic(a, [](auto x, auto y, auto* z) { return !__builtin_mul_overflow(x, y, z); });
}
Constant divide(const Arguments& a, ExternalFiles&) {
  return arithmetic(a, [](auto x, auto y, auto* z) {
    if (y == 0 || (y == -1 && x == std::numeric_limits<std::int64_t>::min())) return false;
    *z = x / y;
    return true;
  });
}

}  // namespace

Constant taken(const Constant& from, Shape shape, const std::vector<std::size_t>& elements) {
  Constant to{from.type, std::move(shape), {}, {}, from.name};
  for (const auto element : elements)
    if (is_real(from.type))
      to.reals.push_back(from.reals[element]);
    else
      to.wholes.push_back(from.wholes[element]);
  return to;
}

const std::map<std::string, Fold, std::less<>>& folds() {
  static const std::map<std::string, Fold, std::less<>> all = {{"Add", add},
                                                               {"Cast", cast},
                                                               {"Concat", concat_constants},
                                                               {"Constant", constant},
                                                               {"ConstantOfShape", constant_of_shape},
                                                               {"DequantizeLinear", dequantized},
                                                               {"Div", divide},
                                                               {"Expand", expand},
                                                               {"Flatten", layout},
                                                               {"Gather", gather},
                                                               {"Identity", identity},
                                                               {"Mul", multiply},
                                                               {"QuantizeLinear", quantized},
                                                               {"Reshape", layout},
                                                               {"Shape", shape},
                                                               {"Size", size},
                                                               {"Slice", slice},
                                                               {"Squeeze", layout},
                                                               {"Sub", subtract},
                                                               {"Transpose", layout},
                                                               {"Unsqueeze", layout}};
  return all;
}

}  // namespace espalier::importing::onnx
