#include "graph/operators/window.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/text.h"

namespace espalier::schema {

template <>
std::string Reader<graph::Padding>::read(const Value& v, void* target) {
  auto& padding = *static_cast<graph::Padding*>(target);
  const char* wanted = "must be same, valid, a whole number or [top, bottom, left, right]";
  if (v.is_scalar() && v.text() == "same") return padding = {graph::Padding::Mode::same}, "";
  if (v.is_scalar() && v.text() == "valid") return padding = {graph::Padding::Mode::valid}, "";
  std::array<std::int64_t, 4> sides{};
  if (v.is_scalar()) {
    if (!Reader<std::int64_t>::read(v, &sides[0]).empty()) return wanted;
    sides.fill(sides[0]);
  } else {
    if (v.items().size() != 4) return wanted;
    for (std::size_t i = 0; i < 4; ++i)
      if (!Reader<std::int64_t>::read(v.items()[i], &sides[i]).empty()) return wanted;
  }
  if (*std::min_element(sides.begin(), sides.end()) < 0) return "must not be negative";
  if (*std::max_element(sides.begin(), sides.end()) > 1024) return "must be at most 1024";
  padding = {graph::Padding::Mode::explicit_, sides[0], sides[1], sides[2], sides[3]};
  return {};
}
template <>
std::string Reader<graph::Padding>::write(const void* source) {
  const auto& p = *static_cast<const graph::Padding*>(source);
  if (p.mode == graph::Padding::Mode::same) return "\"same\"";
  if (p.mode == graph::Padding::Mode::valid) return "\"valid\"";
  return "[" + join(std::vector<std::int64_t>{p.top, p.bottom, p.left, p.right}, ", ") + "]";
}
template <>
std::string_view Reader<graph::Padding>::type() {
  return "same | valid | [top, bottom, left, right]";
}
template <>
Extent Reader<graph::Padding>::extent(const void*) {
  return {};
}

}  // namespace espalier::schema

namespace espalier::graph {
namespace {
struct Axis {
  std::int64_t out, before, after;
};
Axis place_axis(Padding::Mode mode, std::int64_t extent, std::int64_t kernel, std::int64_t stride, std::int64_t before,
                std::int64_t after) {
  if (mode == Padding::Mode::same) {
    const auto out = (extent + stride - 1) / stride;
    const auto total = std::max<std::int64_t>((out - 1) * stride + kernel - extent, 0);
    return {out, total / 2, total - total / 2};
  }
  const auto room = extent + before + after - kernel;
  return {room < 0 ? 0 : room / stride + 1, before, after};
}
}  // namespace

void expect_image(const Node& node, const Shape& input) {
  if (input.size() != 3)
    mistake(node.origin.text(),
            concat(node.op->key, " '", node.name, "' needs channels x height x width, its input is ", text_of(input)));
}

Placement place(const Node& node, const Shape& input, const schema::Pair& kernel, const schema::Pair& stride,
                const Padding& padding) {
  expect_image(node, input);
  const auto rows = place_axis(padding.mode, input[1], kernel.height, stride.height, padding.top, padding.bottom);
  const auto columns = place_axis(padding.mode, input[2], kernel.width, stride.width, padding.left, padding.right);
  if (rows.out < 1 || columns.out < 1)
    mistake(node.origin.text(), concat(node.op->key, " '", node.name, "': kernel ", kernel.height, "x", kernel.width,
                                       " does not fit its input ", text_of(input)));
  return {rows.out, columns.out, rows.before, rows.after, columns.before, columns.after};
}

}  // namespace espalier::graph
