#include "exporting/readback.h"

#include <algorithm>
#include <bit>

#include "base/text.h"

namespace espalier::exporting {
namespace {

using integer::Program;
using integer::Shape;

bool same(float a, float b) { return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b); }
template <class T>
bool same(const T& a, const T& b) {
  return a == b;
}

std::string shape_text(const Shape& shape) { return concat("{", join(shape, ", "), "}"); }

/// Collects lines that start with the place that is being compared.
class Comparison {
 public:
  void enter(std::string place) { place_ = std::move(place); }
  void note(const std::string& what) { lines_.push_back(concat(place_, ": ", what)); }
  std::vector<std::string> lines() && { return std::move(lines_); }

  template <class T>
  void value(const char* what, const T& expected, const T& found) {
    if (!same(expected, found)) note(concat(what, " is ", found, ", not ", expected));
  }
  template <class T>
  void values(const char* what, const std::vector<T>& expected, const std::vector<T>& found) {
    if (expected.size() != found.size())
      return note(concat(what, " has ", found.size(), " values, not ", expected.size()));
    std::size_t differing = 0, first = 0;
    for (std::size_t i = expected.size(); i-- > 0;)
      if (!same(expected[i], found[i])) ++differing, first = i;
    if (differing > 0)
      note(concat(what, " differs in ", differing, " of ", expected.size(), " values, first at ", first, ": ",
                  found[first], ", not ", expected[first]));
  }

 private:
  std::string place_;
  std::vector<std::string> lines_;
};

/// What the windows reach behind the input's end.
std::int32_t reach(std::int64_t size, std::int64_t positions, std::int32_t kernel, std::int32_t stride,
                   std::int32_t before) {
  return static_cast<std::int32_t>(std::max<std::int64_t>(0, (positions - 1) * stride + kernel - before - size));
}

void compare_windows(Comparison& all, const Program& expected, const Program& found, const auto& a, const auto& b) {
  const auto sides = [](const Program& program, const auto& one) {
    const auto& input = program.activations.at(static_cast<std::size_t>(one.input)).shape;
    const auto& output = program.activations.at(static_cast<std::size_t>(one.output)).shape;
    const auto& w = one.window;
    const bool image = input.size() == 3 && output.size() == 3;
    return std::vector<std::int32_t>{
        w.kernel_height,
        w.kernel_width,
        w.stride_height,
        w.stride_width,
        w.pad_top,
        w.pad_left,
        image ? reach(input[0], output[0], w.kernel_height, w.stride_height, w.pad_top) : w.pad_bottom,
        image ? reach(input[1], output[1], w.kernel_width, w.stride_width, w.pad_left) : w.pad_right};
  };
  all.values("window (kernel, stride, padding before and behind)", sides(expected, a), sides(found, b));
}

/// Every field that an instruction may have; one that it has not is passed over.
template <class One>
void compare_fields(Comparison& all, const Program& expected, const Program& found, const One& a, const One& b) {
  if constexpr (requires { a.window; }) compare_windows(all, expected, found, a, b);
  if constexpr (requires { a.lowest; }) all.value("padding with the lowest code", a.lowest, b.lowest);
  if constexpr (requires { a.weights; }) {
    all.values("weights", a.weights, b.weights);
    all.values("weight scales", a.weight_scale, b.weight_scale);
    all.values("biases", a.bias, b.bias);
  }
  if constexpr (requires { a.clamp; }) all.value("clamp", static_cast<int>(a.clamp), static_cast<int>(b.clamp));
  if constexpr (requires { a.beta; }) all.value("beta", a.beta, b.beta);
  if constexpr (requires { a.top; })
    all.values("padding", std::vector<std::int32_t>{a.top, a.bottom, a.left, a.right},
               std::vector<std::int32_t>{b.top, b.bottom, b.left, b.right});
}

void compare_instructions(Comparison& all, const Program& expected, const Program& found) {
  all.enter("program");
  all.value("number of instructions", expected.instructions.size(), found.instructions.size());
  const auto count = std::min(expected.instructions.size(), found.instructions.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto& a = expected.instructions[i];
    const auto& b = found.instructions[i];
    all.enter(concat("instruction ", i, " (", integer::name_of(a), ")"));
    if (a.index() != b.index()) {
      all.note(concat("is a ", integer::name_of(b)));
      continue;
    }
    all.values("inputs", integer::inputs_of(a), integer::inputs_of(b));
    all.value("output", integer::output_of(a), integer::output_of(b));
    std::visit(
        [&](const auto& one) { compare_fields(all, expected, found, one, std::get<std::decay_t<decltype(one)>>(b)); },
        a);
  }
}

void compare_activations(Comparison& all, const Program& expected, const Program& found) {
  all.enter("program");
  all.value("number of activations", expected.activations.size(), found.activations.size());
  const auto count = std::min(expected.activations.size(), found.activations.size());
  for (std::size_t i = 0; i < count; ++i) {
    const auto& a = expected.activations[i];
    const auto& b = found.activations[i];
    all.enter(concat("activation ", i, " '", a.name, "'"));
    all.value("name", a.name, b.name);
    all.value("shape", shape_text(a.shape), shape_text(b.shape));
    all.value("scale", a.scale, b.scale);
    all.value("zero point", a.zero_point, b.zero_point);
  }
}

}  // namespace

std::vector<std::string> compare(const Program& expected, const Program& found) {
  Comparison all;
  compare_activations(all, expected, found);
  compare_instructions(all, expected, found);
  all.enter("program");
  all.value("input", expected.input, found.input);
  all.value("output", expected.output, found.output);
  all.values("labels", expected.labels, found.labels);
  return std::move(all).lines();
}

Program numbered_as_written(const Program& program) {
  Program ordered = program;
  ordered.activations.clear();
  std::vector<integer::Id> to(program.activations.size(), -1);
  const auto place = [&](integer::Id id) {
    to[static_cast<std::size_t>(id)] = static_cast<integer::Id>(ordered.activations.size());
    ordered.activations.push_back(program.activations[static_cast<std::size_t>(id)]);
  };
  const auto renumber = [&](integer::Id& id) { id = to[static_cast<std::size_t>(id)]; };
  place(program.input);
  renumber(ordered.input);
  for (auto& instruction : ordered.instructions) {
    place(integer::output_of(instruction));
    std::visit(
        [&](auto& one) {
          if constexpr (requires { one.input; }) renumber(one.input);
          if constexpr (
              requires { one.left; } && !requires { one.top; })
            renumber(one.left), renumber(one.right);
          if constexpr (requires { one.inputs; })
            for (auto& id : one.inputs) renumber(id);
          renumber(one.output);
        },
        instruction);
  }
  renumber(ordered.output);
  return ordered;
}

}  // namespace espalier::exporting
