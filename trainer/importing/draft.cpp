#include "importing/draft.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"

namespace espalier::importing {
namespace {

std::int64_t window(std::int64_t extent, std::int64_t kernel, std::int64_t stride, std::int64_t padding, bool ceil) {
  const auto room = extent + padding - kernel;
  if (room < 0 || stride < 1 || kernel < 1 || padding < 0)
    throw Misfit{concat("a window of ", kernel, " does not fit ", extent)};
  return (ceil ? (room + stride - 1) / stride : room / stride) + 1;
}

void expect(bool holds, const std::string& text) {
  if (!holds) throw Misfit{text};
}

struct ShapeRule {
  const std::vector<Shape>& in;

  Shape operator()(const Convolution& op) const {
    const auto& w = op.weight.shape;
    const auto axes = w.size() - 2;
    expect(w.size() >= 3 && in[0].size() == w.size(), "the weight's axes and the input's differ in number");
    expect(op.groups >= 1 && in[0][1] == w[1] * op.groups,
           concat("the weight takes ", w[1] * op.groups, " channels, the input has ", in[0][1]));
    for (const auto* numbers : {&op.stride, &op.before, &op.after, &op.dilation})
      expect(numbers->size() == axes, "stride, padding or dilation have another number of axes");
    Shape out = {in[0][0], w[0]};
    for (std::size_t i = 0; i < axes; ++i)
      out.push_back(
          window(in[0][i + 2], (w[i + 2] - 1) * op.dilation[i] + 1, op.stride[i], op.before[i] + op.after[i], false));
    return out;
  }
  Shape operator()(const FullyConnected& op) const {
    expect(op.weight.shape.size() == 2 && !in[0].empty() && in[0].back() == op.weight.shape[1],
           concat("a weight of ", graph::text_of(op.weight.shape), " does not take ", graph::text_of(in[0])));
    auto out = in[0];
    out.back() = op.weight.shape[0];
    return out;
  }
  Shape operator()(const BatchNormalization& op) const {
    expect(in[0].size() >= 2 && graph::elements(op.gamma.shape) == in[0][1],
           concat(graph::elements(op.gamma.shape), " statistics for ", in[0].size() < 2 ? 0 : in[0][1], " channels"));
    return in[0];
  }
  Shape operator()(const Pool& op) const {
    expect(in[0].size() == op.kernel.size() + 2 && op.stride.size() == op.kernel.size() &&
               op.before.size() == op.kernel.size() && op.after.size() == op.kernel.size(),
           "the window has another number of axes than the input");
    Shape out = {in[0][0], in[0][1]};
    for (std::size_t i = 0; i < op.kernel.size(); ++i) {
      const auto extent = in[0][i + 2];
      auto count = window(extent, op.kernel[i], op.stride[i], op.before[i] + op.after[i], op.ceil);
      if (op.ceil && (count - 1) * op.stride[i] >= extent + op.before[i]) --count;  // it would begin in the padding
      out.push_back(count);
    }
    return out;
  }
  Shape operator()(const Mean& op) const {
    Shape out;
    for (std::size_t i = 0; i < in[0].size(); ++i) {
      const bool reduced = std::count(op.axes.begin(), op.axes.end(), static_cast<std::int64_t>(i)) > 0;
      if (!reduced || op.keep) out.push_back(reduced ? 1 : in[0][i]);
    }
    return out;
  }
  Shape operator()(const Reshape& op) const {
    Shape out = op.sizes;
    std::int64_t known = 1, open = -1;
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (out[i] == 0) {
        expect(i < in[0].size(), "a size of 0 has no axis to copy");
        out[i] = in[0][i];
      }
      expect(out[i] > 0 || (out[i] == -1 && open < 0), concat("sizes ", join(op.sizes, ", ")));
      if (out[i] == -1)
        open = static_cast<std::int64_t>(i);
      else
        expect(!__builtin_mul_overflow(known, out[i], &known), concat("sizes ", join(op.sizes, ", ")));
    }
    const auto all = graph::elements(in[0]);
    expect(known > 0 && all % known == 0 && (open >= 0 || all == known),
           concat("sizes ", join(op.sizes, ", "), " do not hold ", graph::text_of(in[0])));
    if (open >= 0) out[static_cast<std::size_t>(open)] = all / known;
    return out;
  }
  Shape operator()(const Permute& op) const {
    Numbers sorted = op.order, counted(in[0].size());
    std::sort(sorted.begin(), sorted.end());
    std::iota(counted.begin(), counted.end(), 0);
    expect(sorted == counted, concat("order ", join(op.order, ", "), " is none of ", in[0].size(), " axes"));
    Shape out;
    for (const auto axis : op.order) out.push_back(in[0][static_cast<std::size_t>(axis)]);
    return out;
  }
  Shape operator()(const Pad& op) const {
    expect(op.before.size() == in[0].size() && op.after.size() == in[0].size(), "one padding for each axis is needed");
    auto out = in[0];
    for (std::size_t i = 0; i < out.size(); ++i) {
      out[i] += op.before[i] + op.after[i];
      expect(out[i] > 0, "nothing is left");
    }
    return out;
  }
  Shape same(const char* what) const {
    expect(in.size() == 2 && in[0] == in[1],
           concat(what, graph::text_of(in[0]), " and ", in.size() == 2 ? graph::text_of(in[1]) : "one input"));
    return in[0];
  }
  Shape operator()(const Sum&) const { return same("a sum of "); }
  Shape operator()(const Product&) const {
    expect(in.size() == 2 && in[0].size() == in[1].size(), "a product needs two inputs with as many axes");
    auto out = in[0];
    for (std::size_t i = 0; i < out.size(); ++i) {
      expect(in[0][i] == in[1][i] || in[0][i] == 1 || in[1][i] == 1,
             concat("a product of ", graph::text_of(in[0]), " and ", graph::text_of(in[1])));
      out[i] = std::max(in[0][i], in[1][i]);
    }
    return out;
  }
  Shape operator()(const Quotient&) const { return same("a quotient of "); }
  Shape operator()(const Concatenate& op) const {
    auto out = in[0];
    expect(op.axis >= 0 && op.axis < static_cast<std::int64_t>(out.size()), concat("no axis ", op.axis));
    const auto axis = static_cast<std::size_t>(op.axis);
    for (std::size_t i = 1; i < in.size(); ++i) {
      auto other = in[i];
      expect(other.size() == out.size(), "inputs with different numbers of axes");
      const auto along = other[axis];
      other[axis] = out[axis];
      expect(other == out, "inputs differ beside the joined axis");
      out[axis] += along;
    }
    return out;
  }
  Shape operator()(const Part& op) const {
    auto out = in[0];
    expect(op.axis >= 0 && op.axis < static_cast<std::int64_t>(out.size()), concat("no axis ", op.axis));
    const auto axis = static_cast<std::size_t>(op.axis);
    expect(op.begin >= 0 && op.count >= 1 && op.begin <= out[axis] - op.count, "a part that is not there");
    out[axis] = op.count;
    if (!op.keep) out.erase(out.begin() + op.axis);
    return out;
  }
  Shape operator()(const Recurrence& op) const {
    const auto all = graph::elements(in[0]), states = static_cast<std::int64_t>(op.directions.size()) * op.hidden();
    expect(op.features() > 0 && all % op.features() == 0,
           concat("weights for ", op.features(), " features do not take ", graph::text_of(in[0])));
    expect(graph::elements(op.shape) == (op.last ? states : states * (all / op.features())),
           concat("states of ", graph::text_of(op.shape)));
    return op.shape;
  }
  template <class Unchanged>
  Shape operator()(const Unchanged&) const {
    return in[0];
  }
};

}  // namespace

const char* name_of(const Operation& operation) {
  static constexpr const char* names[] = {
      "convolution", "linear", "batch norm", "clamp",   "sigmoid", "hard_sigmoid", "hard_swish", "silu",
      "pooling",     "mean",   "reshape",    "permute", "pad",     "add",          "mul",        "affine",
      "division",    "ones",   "concat",     "dropout", "softmax", "identity",     "part",       "recurrent layer"};
  static_assert(std::size(names) == std::variant_size_v<Operation>);
  return names[operation.index()];
}

const Step* Draft::maker(const std::string& value) const {
  const auto found = std::find_if(steps.begin(), steps.end(), [&](const Step& s) { return s.output == value; });
  return found == steps.end() ? nullptr : &*found;
}

std::vector<const Step*> Draft::readers(const std::string& value) const {
  std::vector<const Step*> found;
  for (const auto& step : steps)
    if (std::count(step.inputs.begin(), step.inputs.end(), value)) found.push_back(&step);
  return found;
}

const Shape& Draft::shape_of(const std::string& value) const {
  if (value == input) return input_shape;
  const auto* step = maker(value);
  if (!step) fail(concat("draft ", name, ": nobody makes ", value));
  return step->shape;
}

Shape output_shape(const Operation& operation, const std::vector<Shape>& inputs) {
  expect(!inputs.empty(), "no inputs");
  auto shape = std::visit(ShapeRule{inputs}, operation);
  std::int64_t all = 1;
  for (const auto extent : shape)
    expect(extent >= 0 && !__builtin_mul_overflow(all, extent, &all) && all <= most_elements,
           concat("gives ", graph::text_of(shape)));
  return shape;
}

void infer_shapes(Draft& draft, std::vector<Problem>& problems) {
  for (auto& step : draft.steps) {
    std::vector<Shape> in;
    for (const auto& value : step.inputs) in.push_back(draft.shape_of(value));
    try {
      step.shape = output_shape(step.operation, in);
    } catch (const Misfit& misfit) {
      problems.push_back({step.place, concat(name_of(step.operation), ": ", misfit.text)});
      return;
    }
  }
}

}  // namespace espalier::importing
