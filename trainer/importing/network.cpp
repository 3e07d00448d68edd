#include "importing/network.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/text.h"
#include "graph/builder.h"
#include "graph/operators/add.h"
#include "graph/operators/gru.h"
#include "graph/operators/hard_sigmoid.h"
#include "graph/operators/hard_swish.h"
#include "graph/operators/lstm.h"
#include "graph/operators/mul.h"
#include "graph/operators/relu.h"
#include "graph/operators/sigmoid.h"
#include "importing/cleaning.h"

namespace espalier::importing {
namespace {

/// What no operator here does, and what to write instead.
struct Unsupported {
  std::string text;
};

/// Without the batch axis; a signal {channels, time} as an image of height 1, an image that is one pixel as it is.
Shape own_shape(const Shape& shape) {
  if (shape.size() == 3) return {shape[1], 1, shape[2]};
  return {shape.begin() + 1, shape.end()};
}

/// The numbers of a window's one or two axes as height and width; a signal's is the width, and the height `alone`.
schema::Pair pair_of(const Numbers& numbers, std::int64_t alone) {
  if (numbers.size() == 1) return {alone, numbers[0]};
  return {numbers[0], numbers[1]};
}

graph::Padding padding_of(const Numbers& before, const Numbers& after) {
  const auto first = pair_of(before, 0), last = pair_of(after, 0);
  if (first.height == 0 && first.width == 0 && last.height == 0 && last.width == 0) return {};
  return {graph::Padding::Mode::explicit_, first.height, last.height, first.width, last.width};
}

/// Layer names of this project: letters, digits, _ and dots; anything else becomes _.
std::string plain(const std::string& name) {
  std::string text;
  for (const char c : name)
    text += std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-' ? c : '_';
  return text;
}

Tensor reshaped(const Tensor& tensor, Shape shape) {
  auto copy = tensor;
  copy.shape = std::move(shape);
  return copy;
}

class Conversion {
 public:
  Conversion(const Draft& draft, const graph::Operators& operators)
      : draft_(draft), builder_(operators, own_shape(draft.input_shape), draft.name) {
    made_[draft.input] = builder_.input();
    shapes_[builder_.input()] = own_shape(draft.input_shape);
  }

  graph::Network run(std::vector<Problem>& problems) {
    const auto before = problems.size();
    std::set<std::string> broken;
    for (const auto& step : draft_.steps) {
      const bool after_problem =
          std::any_of(step.inputs.begin(), step.inputs.end(), [&](const auto& in) { return broken.count(in) > 0; });
      if (after_problem) explain_alone(step, problems);
      if (after_problem || !convert(step, problems)) broken.insert(step.output);
    }
    if (problems.size() != before) return {};
    auto network = builder_.finish(made_.at(draft_.output));
    for (auto& [name, weight] : weights_) network.weights[name] = std::move(weight);
    graph::check_weights(network);
    return network;
  }

 private:
  const Shape& in_shape(const Step& step, std::size_t i = 0) const { return shapes_.at(made_.at(step.inputs[i])); }
  const std::string& in(const Step& step, std::size_t i = 0) const { return made_.at(step.inputs[i]); }

  bool convert(const Step& step, std::vector<Problem>& problems) {
    try {
      std::visit([&](const auto& operation) { made_[step.output] = add(step, operation); }, step.operation);
      return true;
    } catch (const Unsupported& reason) {
      problems.push_back({step.place, reason.text});
    } catch (const Error& error) {
      for (const auto& problem : error.problems()) problems.push_back({step.place, problem.text});
    }
    return false;
  }

  /// A step whose input could not be made is still asked whether it could, so that all problems come at once.
  void explain_alone(const Step& step, std::vector<Problem>& problems) {
    try {
      std::visit([&](const auto& operation) { judge(operation, draft_.shape_of(step.inputs[0])); }, step.operation);
    } catch (const Unsupported& reason) {
      problems.push_back({step.place, reason.text});
    }
  }

  // --- what can be said from the operation and its input's foreign shape alone

  static void judge(const Convolution& op, const Shape& in) {
    if (op.stride.size() > 2) throw Unsupported{"a convolution over three axes; there are signals and images here"};
    if (std::any_of(op.dilation.begin(), op.dilation.end(), [](auto d) { return d != 1; }))
      throw Unsupported{concat("a dilated convolution (dilation ", join(op.dilation, ", "),
                               "); write a larger kernel, or two convolutions with a stride between them")};
    const bool depthwise = op.groups == in[1] && op.weight.shape[0] == in[1];
    if (op.groups != 1 && !depthwise)
      throw Unsupported{concat("a convolution of ", op.groups, " groups with ", in[1], " input and ",
                               op.weight.shape[0],
                               " output channels; groups are 1 (conv2d), or one for each channel (depthwise_conv2d)")};
  }
  static void judge(const FullyConnected&, const Shape& in) {
    if (in.size() != 2)
      throw Unsupported{concat("a linear layer along the last axis of ", graph::text_of(in),
                               "; flatten before it, or write a convolution of kernel 1")};
  }
  static void judge(const Clamp& op, const Shape&) {
    if (op.low != 0 || (op.high != 6 && !std::isinf(op.high)))
      throw Unsupported{concat("a clamp to [", op.low, ", ", op.high, "]; write relu or relu6")};
  }
  static void judge(const Pool& op, const Shape&) {
    if (op.kernel.size() > 2) throw Unsupported{"pooling over three axes; there are signals and images here"};
    const auto padded = [](const Numbers& numbers) {
      return std::any_of(numbers.begin(), numbers.end(), [](auto n) { return n != 0; });
    };
    if (!op.maximum && op.count_padding && (padded(op.before) || padded(op.after)))
      throw Unsupported{"average pooling that counts padding as zeros; write count_include_pad=False"};
  }
  static void judge(const Mean& op, const Shape& in) {
    Numbers axes = op.axes, spatial;
    std::sort(axes.begin(), axes.end());
    for (std::size_t i = 2; i < in.size(); ++i) spatial.push_back(static_cast<std::int64_t>(i));
    if (axes != spatial || spatial.empty())
      throw Unsupported{concat("a mean over axes ", join(op.axes, ", "), " of ", graph::text_of(in),
                               "; write the mean over all axes after the channels")};
  }
  static void judge(const Reshape&, const Shape&) {}
  static void judge(const Permute& op, const Shape& in) {
    throw Unsupported{concat("a permutation (", join(op.order, ", "), ") of ", graph::text_of(in),
                             " that no other one undoes; keep channels first")};
  }
  static void judge(const Pad&, const Shape&) {
    throw Unsupported{"padding that no convolution takes up; pad with zeros directly before a convolution"};
  }
  static void judge(const Quotient&, const Shape&) {
    throw Unsupported{"a division of two values; there is no operator for it"};
  }
  static void judge(const Affine& op, const Shape&) {
    throw Unsupported{op.factor == 1 ? "a sum with a constant; put it into a bias"
                                     : "a product with a constant; put it into a layer's weights"};
  }
  static void judge(const Ones&, const Shape&) { throw Unsupported{"ones_like has no operator here"}; }
  static void judge(const Softmax&, const Shape&) {
    throw Unsupported{"a softmax inside the network; only at the end it can be left out"};
  }
  static void judge(const Concatenate& op, const Shape& in) {
    if (op.axis != 1)
      throw Unsupported{concat("a concatenation along axis ", op.axis, " of ", graph::text_of(in),
                               "; channels (axis 1) can be concatenated")};
  }
  static void judge(const Part&, const Shape&) {
    throw Unsupported{"a part of a value has no operator here; write a convolution for each part"};
  }
  static void judge(const Recurrence& op, const Shape& in) {
    if (!op.placed)
      throw Unsupported{
          concat("a recurrent layer over ", graph::text_of(in),
                 " whose time is neither height nor width of {channels, height, width} (swap axes before it), or of "
                 "which something else is read than the last states (h_n, or output[:, -1] of one direction) or the "
                 "whole output as {states, time}")};
  }
  template <class Other>
  static void judge(const Other&, const Shape&) {}

  // --- one operator each

  std::string layer(const Step& step, const char* key, const std::any& attributes,
                    const std::vector<std::string>& inputs) {
    const auto made = builder_.layer(key, inputs, attributes, unique(plain(step.name)));
    shapes_[made] = builder_.shape(made);
    return made;
  }
  void keep(const std::string& layer, const char* slot, Tensor tensor) {
    weights_[concat(layer, ".", slot)] = std::move(tensor);
  }

  std::string add(const Step& step, const Convolution& op) {
    judge(op, draft_.shape_of(step.inputs[0]));
    const auto& w = op.weight.shape;
    if (in_shape(step).size() == 1) return pointwise(step, op);
    const auto kernel = pair_of({w.begin() + 2, w.end()}, 1), stride = pair_of(op.stride, 1);
    const auto padding = padding_of(op.before, op.after);
    const bool bias = op.bias.has_value();
    const auto made =
        op.groups != 1
            ? layer(step, "depthwise_conv2d", graph::DepthwiseConv2d{kernel, stride, padding, bias}, {in(step)})
            : layer(step, "conv2d", graph::Conv2d{w[0], kernel, stride, padding, bias}, {in(step)});
    keep(made, "weight", reshaped(op.weight, {w[0], w[1], kernel.height, kernel.width}));
    if (bias) keep(made, "bias", *op.bias);
    return made;
  }

  /// A convolution of one pixel, as after a mean that keeps its axes, is a linear layer.
  std::string pointwise(const Step& step, const Convolution& op) {
    const auto& w = op.weight.shape;
    if (op.groups != 1 || graph::elements(w) != w[0] * w[1])
      throw Unsupported{"a convolution of a single pixel with a larger kernel; write a linear layer"};
    const auto made = layer(step, "linear", graph::Linear{w[0], op.bias.has_value()}, {in(step)});
    keep(made, "weight", reshaped(op.weight, {w[0], w[1]}));
    if (op.bias) keep(made, "bias", *op.bias);
    return made;
  }

  std::string add(const Step& step, const FullyConnected& op) {
    judge(op, draft_.shape_of(step.inputs[0]));
    const auto source = in_shape(step).size() == 1 ? in(step) : flat(in(step));
    const auto made = layer(step, "linear", graph::Linear{op.weight.shape[0], op.bias.has_value()}, {source});
    keep(made, "weight", op.weight);
    if (op.bias) keep(made, "bias", *op.bias);
    return made;
  }

  std::string add(const Step& step, const BatchNormalization& op) {
    const auto made = layer(step, "batch_norm", graph::BatchNorm{.epsilon = op.epsilon}, {in(step)});
    keep(made, "gamma", op.gamma);
    keep(made, "beta", op.beta);
    keep(made, "running_mean", op.mean);
    keep(made, "running_variance", op.variance);
    return made;
  }

  std::string add(const Step& step, const Clamp& op) {
    judge(op, {});
    return op.high == 6 ? layer(step, "relu6", graph::Relu6{}, {in(step)})
                        : layer(step, "relu", graph::Relu{}, {in(step)});
  }

  std::string add(const Step& step, const Sigmoid&) { return layer(step, "sigmoid", graph::Sigmoid{}, {in(step)}); }

  std::string add(const Step& step, const HardSigmoid&) {
    return layer(step, "hard_sigmoid", graph::HardSigmoid{}, {in(step)});
  }

  std::string add(const Step& step, const HardSwish&) {
    return layer(step, "hard_swish", graph::HardSwish{}, {in(step)});
  }

  /// There is no operator of its own: two are as exact, and every runtime has them.
  std::string add(const Step& step, const Silu&) {
    auto named = step;
    if (!step.name.empty()) named.name = concat(step.name, ".sigmoid");
    return layer(step, "mul", graph::Mul{}, {in(step), layer(named, "sigmoid", graph::Sigmoid{}, {in(step)})});
  }

  std::string add(const Step& step, const Pool& op) {
    judge(op, {});
    auto after = op.after;
    for (std::size_t i = 0; i < after.size(); ++i) {  // as many windows as the file's rounding up gives
      const auto extent = draft_.shape_of(step.inputs[0])[i + 2], count = step.shape[i + 2];
      after[i] = std::max(after[i], (count - 1) * op.stride[i] + op.kernel[i] - extent - op.before[i]);
    }
    const auto kernel = pair_of(op.kernel, 1), stride = pair_of(op.stride, 1);
    const auto padding = padding_of(op.before, after);
    return op.maximum ? layer(step, "max_pool2d", graph::MaxPool2d{kernel, stride, padding}, {in(step)})
                      : layer(step, "average_pool2d", graph::AveragePool2d{kernel, stride, padding}, {in(step)});
  }

  std::string add(const Step& step, const Mean& op) {
    judge(op, draft_.shape_of(step.inputs[0]));
    if (in_shape(step).size() == 1) return in(step);  // of one pixel
    return layer(step, "global_average_pool", graph::GlobalAveragePool{}, {in(step)});
  }

  std::string flat(const std::string& value) {
    const auto made = builder_.flatten(value);
    shapes_[made] = builder_.shape(made);
    return made;
  }

  std::string add(const Step& step, const Reshape&) {
    const auto wanted = own_shape(step.shape);
    const auto& have = in_shape(step);
    if (wanted == have) return in(step);
    const bool vector = graph::elements(wanted) == wanted[0];
    if (vector && have.size() == 1 && have[0] == wanted[0]) return in(step);
    if (wanted.size() == 1) return flat(in(step));
    throw Unsupported{concat("a reshape of ", graph::text_of(draft_.shape_of(step.inputs[0])), " to ",
                             graph::text_of(step.shape), "; only flattening to [batch, features] has an operator")};
  }

  std::string add(const Step& step, const Sum&) { return layer(step, "add", graph::Add{}, {in(step, 0), in(step, 1)}); }

  std::string add(const Step& step, const Product&) {
    const auto &left = in_shape(step, 0), &right = in_shape(step, 1);
    if (left != right && !graph::is_gate(left, right) && !graph::is_gate(right, left))
      throw Unsupported{concat("a product of ", graph::text_of(draft_.shape_of(step.inputs[0])), " and ",
                               graph::text_of(draft_.shape_of(step.inputs[1])),
                               "; one has the other's shape, or one factor for each channel")};
    return layer(step, "mul", graph::Mul{}, {in(step, 0), in(step, 1)});
  }

  std::string add(const Step& step, const Concatenate& op) {
    judge(op, draft_.shape_of(step.inputs[0]));
    std::vector<std::string> inputs;
    for (const auto& value : step.inputs) inputs.push_back(made_.at(value));
    return layer(step, "concat", graph::Concat{}, inputs);
  }

  template <class Attributes>
  std::string recurrent(const Step& step, const Recurrence& op, const char* key) {
    const bool bias = op.directions.front().input_bias.has_value();
    const Attributes attributes{op.hidden(), op.directions.size() == 2, op.last ? "last" : "sequence",
                                op.down ? "height" : "width", bias};
    const auto made = layer(step, key, attributes, {in(step)});
    for (std::size_t d = 0; d < op.directions.size(); ++d) {
      const auto& direction = op.directions[d];
      const auto keep_as = [&](const char* slot, const Tensor& tensor) {
        keep(made, concat(d == 0 ? "" : "reverse_", slot).c_str(), tensor);
      };
      keep_as("input_weight", direction.input_weight);
      keep_as("recurrent_weight", direction.recurrent_weight);
      if (bias) keep_as("input_bias", direction.input_bias.value());
      if (bias) keep_as("recurrent_bias", direction.recurrent_bias.value());
    }
    return made;
  }
  std::string add(const Step& step, const Recurrence& op) {
    judge(op, draft_.shape_of(step.inputs[0]));
    return op.gru ? recurrent<graph::Gru>(step, op, "gru") : recurrent<graph::Lstm>(step, op, "lstm");
  }

  std::string add(const Step& step, const DropoutNoise& op) {
    return layer(step, "dropout", graph::Dropout{op.p}, {in(step)});
  }

  template <class Without>
  std::string add(const Step& step, const Without& op) {
    judge(op, draft_.shape_of(step.inputs[0]));
    return in(step);
  }

  std::string unique(const std::string& name) {
    if (name.empty() || taken_.insert(name).second) return name;
    for (int i = 2;; ++i)
      if (auto numbered = concat(name, "_", i); taken_.insert(numbered).second) return numbered;
  }

  const Draft& draft_;
  graph::Builder builder_;
  std::map<std::string, std::string> made_;  ///< foreign value -> layer
  std::map<std::string, Shape> shapes_;      ///< of layers
  std::map<std::string, Tensor> weights_;
  std::set<std::string> taken_ = {"input"};
};

}  // namespace

graph::Network network_of(const Draft& draft, const graph::Operators& operators, std::vector<Problem>& problems) {
  return Conversion(draft, operators).run(problems);
}

ImportedNetwork finish(Draft draft, const graph::Operators& operators, std::vector<std::string> notes) {
  ImportedNetwork imported;
  imported.notes = std::move(notes);
  std::vector<Problem> problems;
  clean(draft, imported.notes, problems);
  refuse(problems);
  imported.network = network_of(draft, operators, problems);
  refuse(problems);
  return imported;
}

}  // namespace espalier::importing
