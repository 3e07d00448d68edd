#include "importing/onnx/arguments.h"

#include <algorithm>

#include "base/text.h"

namespace espalier::importing::onnx {
namespace {

constexpr std::size_t most_numbers = 1024;
constexpr std::int64_t widest_window = 1 << 24;  // sums and products of a few such numbers fit int64

}  // namespace

const Value& Arguments::value(std::size_t i) const {
  if (!given(i)) throw Unreadable{concat("input ", i + 1, " is missing")};
  return *inputs_[i];
}

const Shape& Arguments::shape(std::size_t i) const {
  const auto& v = value(i);
  return v.is_constant() ? v.constant->shape : v.shape;
}

const Constant& Arguments::constant(std::size_t i) const {
  const auto& v = value(i);
  if (!v.is_constant()) throw Unreadable{concat("input ", i + 1, " is computed while the network runs")};
  return *v.constant;
}

Tensor Arguments::tensor(std::size_t i, std::size_t axes) const {
  const auto& c = constant(i);
  if (!is_real(c.type))
    throw Unreadable{concat("input ", i + 1, " is of ", name_of(c.type),
                            "; weights are floats, or integers behind a "
                            "DequantizeLinear")};
  if (c.reals.empty()) throw Unreadable{concat("input ", i + 1, " is empty")};
  if (axes && c.shape.size() != axes)
    throw Unreadable{concat("input ", i + 1, " has ", c.shape.size(), " axes; ", axes, " are needed")};
  return Tensor::of(c.shape, c.reals);
}

Tensor Arguments::channels(std::size_t i, std::int64_t length) const {
  auto t = tensor(i);
  if (graph::elements(t.shape) != length)
    throw Unreadable{concat("input ", i + 1, " has ", graph::elements(t.shape), " numbers for ", length, " channels")};
  t.shape = {length};
  return t;
}

Numbers Arguments::numbers(std::size_t i) const {
  const auto& c = constant(i);
  if (is_real(c.type) || c.wholes.size() > most_numbers)
    throw Unreadable{concat("input ", i + 1, " is no list of integers")};
  return c.wholes;
}

double Arguments::number(std::size_t i) const {
  const auto& c = constant(i);
  if (c.count() != 1) throw Unreadable{concat("input ", i + 1, " has ", c.count(), " numbers; one is needed")};
  return is_real(c.type) ? static_cast<double>(c.reals[0]) : static_cast<double>(c.wholes[0]);
}

std::int64_t Arguments::whole(const char* name, std::int64_t otherwise) const {
  const auto found = node_.attribute(name);
  return found ? found->whole : otherwise;
}

double Arguments::real(const char* name, double otherwise) const {
  const auto found = node_.attribute(name);
  return found ? found->real : otherwise;
}

std::string Arguments::text(const char* name, const char* otherwise) const {
  const auto found = node_.attribute(name);
  return found ? std::string(found->text) : otherwise;
}

Numbers Arguments::list(const char* name, Numbers otherwise) const {
  auto found = node_.attribute(name);
  if (!found) return otherwise;
  if (found->wholes.size() > most_numbers) throw Unreadable{concat(name, " has ", found->wholes.size(), " numbers")};
  return std::move(found->wholes);
}

Numbers Arguments::window(const char* name, Numbers otherwise, std::size_t axes, std::int64_t least) const {
  auto numbers = list(name, std::move(otherwise));
  if (numbers.size() != axes)
    throw Unreadable{concat(name, " has ", numbers.size(), " numbers; ", axes, " are needed")};
  for (const auto number : numbers)
    if (number < least || number > widest_window) throw Unreadable{concat(name, " is ", join(numbers, ", "))};
  return numbers;
}

std::int64_t axis_of(std::int64_t axis, std::size_t axes) {
  const auto all = static_cast<std::int64_t>(axes);
  if (axis < -all || axis >= all) throw Unreadable{concat("axis ", axis, " of ", axes)};
  return axis < 0 ? axis + all : axis;
}

}  // namespace espalier::importing::onnx
