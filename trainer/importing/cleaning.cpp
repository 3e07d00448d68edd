#include "importing/cleaning.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "base/text.h"

namespace espalier::importing {
namespace {

/// Readers of `from` read `to` instead, and so does the draft's output.
void rewire(Draft& draft, const std::string& from, const std::string& to) {
  for (auto& step : draft.steps) std::replace(step.inputs.begin(), step.inputs.end(), from, to);
  if (draft.output == from) draft.output = to;
}

void erase_step(Draft& draft, const std::string& output) {
  std::erase_if(draft.steps, [&](const Step& step) { return step.output == output; });
}

Step* maker(Draft& draft, const std::string& value) {
  const auto found = std::ranges::find(draft.steps, value, &Step::output);
  return found == draft.steps.end() ? nullptr : &*found;
}

/// The only step that reads `value`, which is not the network's output; null otherwise.
Step* only_reader(Draft& draft, const std::string& value) {
  const auto readers = draft.readers(value);
  return draft.output == value || readers.size() != 1 ? nullptr : maker(draft, readers.front()->output);
}

bool in_order(const Numbers& order) { return std::is_sorted(order.begin(), order.end()); }

bool all_zero(const Numbers& numbers) {
  return std::all_of(numbers.begin(), numbers.end(), [](auto number) { return number == 0; });
}

struct ChangesNothing {
  const Shape& in;
  const Shape& out;
  std::size_t inputs;
  bool operator()(const Identity&) const { return true; }
  bool operator()(const Clamp& op) const { return std::isinf(op.low) && std::isinf(op.high) && op.low < op.high; }
  bool operator()(const Affine& op) const { return op.factor == 1 && op.offset == 0; }
  bool operator()(const Permute& op) const { return in_order(op.order); }
  bool operator()(const Reshape&) const { return in == out; }
  bool operator()(const Pad& op) const { return all_zero(op.before) && all_zero(op.after); }
  bool operator()(const DropoutNoise& op) const { return op.p == 0; }
  bool operator()(const Concatenate&) const { return inputs == 1; }
  template <class Other>
  bool operator()(const Other&) const {
    return false;
  }
};

/// Whether the step treats every element alike whatever the order of the axes.
bool elementwise(const Operation& operation) {
  return std::holds_alternative<Clamp>(operation) || std::holds_alternative<Sigmoid>(operation) ||
         std::holds_alternative<HardSigmoid>(operation) || std::holds_alternative<HardSwish>(operation) ||
         std::holds_alternative<Affine>(operation) || std::holds_alternative<Silu>(operation) ||
         std::holds_alternative<DropoutNoise>(operation);
}

/// Batch and channels stay where they are: padding that a window may make itself.
bool is_window_padding(const Pad& pad) {
  return pad.before.size() >= 3 && pad.before[0] == 0 && pad.after[0] == 0 && pad.before[1] == 0 && pad.after[1] == 0 &&
         std::all_of(pad.before.begin(), pad.before.end(), [](auto n) { return n >= 0; }) &&
         std::all_of(pad.after.begin(), pad.after.end(), [](auto n) { return n >= 0; });
}

/// Joins `first` then `second`.
Numbers combined(const Numbers& first, const Numbers& second) {
  Numbers order;
  for (const auto axis : second) order.push_back(first[static_cast<std::size_t>(axis)]);
  return order;
}

/// [N, ...] -> [N, all the rest].
bool flattens(const Shape& in, const Shape& out) {
  return out.size() == 2 && !in.empty() && in[0] == out[0] && out[1] * in[0] == graph::elements(in);
}

/// For a tensor of extents `from` (batch taken off), permuted by `order` (batch taken off, axes counted from 0): where
/// each element of the permuted row came from.
std::vector<std::int64_t> sources(const Shape& from, const Numbers& order) {
  Numbers strides(from.size(), 1);
  for (std::size_t i = from.size(); i-- > 1;) strides[i - 1] = strides[i] * from[i];
  std::vector<std::int64_t> found = {0};
  for (const auto axis : order) {
    std::vector<std::int64_t> next;
    next.reserve(found.size() * static_cast<std::size_t>(from[static_cast<std::size_t>(axis)]));
    for (const auto base : found)
      for (std::int64_t i = 0; i < from[static_cast<std::size_t>(axis)]; ++i)
        next.push_back(base + i * strides[static_cast<std::size_t>(axis)]);
    found = std::move(next);
  }
  return found;
}

}  // namespace

void drop_unread(Draft& draft, std::vector<std::string>&) {
  std::set<std::string> wanted = {draft.output};
  for (auto step = draft.steps.rbegin(); step != draft.steps.rend(); ++step)
    if (wanted.count(step->output)) wanted.insert(step->inputs.begin(), step->inputs.end());
  std::erase_if(draft.steps, [&](const Step& step) { return !wanted.count(step.output); });
}

void drop_identities(Draft& draft, std::vector<std::string>&) {
  const auto steps = draft.steps;  // shapes are asked while steps leave
  for (const auto& step : steps) {
    const auto* current = draft.maker(step.output);
    const auto& in = draft.shape_of(current->inputs[0]);
    if (!std::visit(ChangesNothing{in, current->shape, current->inputs.size()}, current->operation)) continue;
    const auto source = current->inputs[0];
    rewire(draft, step.output, source);
    erase_step(draft, step.output);
  }
}

void drop_final_softmax(Draft& draft, std::vector<std::string>& notes) {
  const auto* last = draft.maker(draft.output);
  if (!last || !std::holds_alternative<Softmax>(last->operation)) return;
  notes.push_back("the softmax at the end is left out: the network's outputs are its logits");
  const auto value = last->output, source = last->inputs[0];
  draft.output = source;
  if (draft.readers(value).empty()) erase_step(draft, value);
}

namespace {

template <class Windows>
bool take_padding(Windows& windows, const Pad& pad) {
  if (windows.before.size() + 2 != pad.before.size()) return false;
  for (std::size_t axis = 0; axis < windows.before.size(); ++axis) {
    windows.before[axis] += pad.before[axis + 2];
    windows.after[axis] += pad.after[axis + 2];
  }
  return true;
}

bool take_padding(Operation& operation, const Pad& pad) {
  auto* convolution = std::get_if<Convolution>(&operation);
  auto* pool = std::get_if<Pool>(&operation);
  if (convolution && pad.value == 0) return take_padding(*convolution, pad);
  // Where rounding up decides, a pooling counts its windows by where its own padding begins.
  const bool lowest = pad.value < 0 && std::isinf(pad.value);
  return pool && pool->maximum && !pool->ceil && lowest && take_padding(*pool, pad);
}

bool same_windows(const Pool& a, const Pool& b) {
  return a.maximum == b.maximum && a.kernel == b.kernel && a.stride == b.stride && a.before == b.before &&
         a.after == b.after && a.ceil == b.ceil && a.count_padding == b.count_padding;
}

/// An unpadded average pooling of zero-padded values; null where there is none.
struct PaddedAverage {
  const Pool* pool = nullptr;
  const Pad* pad = nullptr;
  std::string source;
};
PaddedAverage padded_average(const Draft& draft, const std::string& value) {
  const auto* pooled = draft.maker(value);
  const auto* pool = pooled ? std::get_if<Pool>(&pooled->operation) : nullptr;
  const auto* padded = pool ? draft.maker(pooled->inputs[0]) : nullptr;
  const auto* pad = padded ? std::get_if<Pad>(&padded->operation) : nullptr;
  if (!pad || !is_window_padding(*pad) || pad->value != 0 || pool->maximum || pool->ceil) return {};
  if (!all_zero(pool->before) || !all_zero(pool->after)) return {};
  return {pool, pad, padded->inputs[0]};
}

}  // namespace

void fold_padding_count(Draft& draft, std::vector<std::string>&) {
  for (auto& step : draft.steps) {
    if (!std::holds_alternative<Quotient>(step.operation)) continue;
    const auto sums = padded_average(draft, step.inputs[0]), counts = padded_average(draft, step.inputs[1]);
    const auto* ones = counts.pool ? draft.maker(counts.source) : nullptr;
    if (!sums.pool || !ones || !std::holds_alternative<Ones>(ones->operation)) continue;
    if (!same_windows(*sums.pool, *counts.pool) || sums.pad->before != counts.pad->before ||
        sums.pad->after != counts.pad->after || draft.shape_of(sums.source) != ones->shape)
      continue;
    auto pool = *sums.pool;
    take_padding(pool, *sums.pad);
    pool.count_padding = false;
    step.inputs = {sums.source};
    step.operation = pool;
  }
  std::vector<std::string> none;
  drop_unread(draft, none);
}

void fold_padding(Draft& draft, std::vector<std::string>&) {
  for (std::size_t i = 0; i < draft.steps.size(); ++i) {
    const auto* pad = std::get_if<Pad>(&draft.steps[i].operation);
    auto* reader = pad && is_window_padding(*pad) ? only_reader(draft, draft.steps[i].output) : nullptr;
    if (!reader || !take_padding(reader->operation, *pad)) continue;
    reader->inputs = draft.steps[i].inputs;
    erase_step(draft, draft.steps[i].output);
    --i;
  }
}

void cancel_permutes(Draft& draft, std::vector<std::string>&) {
  for (auto& step : draft.steps) {
    auto* permute = std::get_if<Permute>(&step.operation);
    auto* before = permute ? maker(draft, step.inputs[0]) : nullptr;
    if (!before) continue;
    if (const auto* first = std::get_if<Permute>(&before->operation)) {
      permute->order = combined(first->order, permute->order);
      step.inputs = before->inputs;
    } else if (elementwise(before->operation) && only_reader(draft, before->output)) {
      // x -> clamp -> permute becomes x -> permute -> clamp, a step nearer to the permutation before it
      std::swap(step.operation, before->operation);
      std::swap(step.name, before->name);
      std::swap(step.place, before->place);
    }
  }
}

void fold_permute_into_linear(Draft& draft, std::vector<std::string>&) {
  for (auto& step : draft.steps) {
    auto* linear = std::get_if<FullyConnected>(&step.operation);
    auto* flat = linear ? maker(draft, step.inputs[0]) : nullptr;
    auto* turned = flat && std::holds_alternative<Reshape>(flat->operation) ? maker(draft, flat->inputs[0]) : nullptr;
    auto* permute = turned ? std::get_if<Permute>(&turned->operation) : nullptr;
    if (!permute || permute->order.empty() || permute->order[0] != 0 || !flattens(turned->shape, flat->shape)) continue;
    if (!only_reader(draft, flat->output) || !only_reader(draft, turned->output)) continue;
    const auto& from = draft.shape_of(turned->inputs[0]);
    Numbers order;
    for (std::size_t i = 1; i < permute->order.size(); ++i) order.push_back(permute->order[i] - 1);
    const auto came_from = sources({from.begin() + 1, from.end()}, order);
    std::vector<std::int64_t> columns(came_from.size());
    for (std::size_t i = 0; i < came_from.size(); ++i)
      columns[static_cast<std::size_t>(came_from[i])] = static_cast<std::int64_t>(i);
    linear->weight = graph::take(linear->weight, 1, columns);
    flat->inputs = turned->inputs;
  }
}

void absorb_input_layout(Draft& draft, std::vector<std::string>& notes) {
  const auto readers = draft.readers(draft.input);
  if (readers.size() != 1) return;
  const auto& first = *readers.front();
  const bool moves =
      std::holds_alternative<Permute>(first.operation) || std::holds_alternative<Reshape>(first.operation);
  // A flattening of images stays a layer: it says what the images are.
  if (!moves || first.shape.size() < 3 || first.shape[0] != 1) return;
  notes.push_back(concat("the network's input is declared as ", graph::text_of(first.shape),
                         ", after the file's first ", name_of(first.operation), " of ",
                         graph::text_of(draft.input_shape)));
  draft.input_shape = first.shape;
  const auto value = first.output;
  rewire(draft, value, draft.input);
  erase_step(draft, value);
}

const std::vector<Pass>& passes() {
  static const std::vector<Pass> all = {{"drop_unread", drop_unread},
                                        {"place_recurrences", place_recurrences},
                                        {"drop_identities", drop_identities},
                                        {"drop_final_softmax", drop_final_softmax},
                                        {"fold_padding", fold_padding},
                                        {"fold_padding_count", fold_padding_count},
                                        {"join_affines", join_affines},
                                        {"fold_hard_sigmoid", fold_hard_sigmoid},
                                        {"fold_hard_swish", fold_hard_swish},
                                        {"fold_affine", fold_affine},
                                        {"cancel_permutes", cancel_permutes},
                                        {"fold_permute_into_linear", fold_permute_into_linear},
                                        {"absorb_input_layout", absorb_input_layout}};
  return all;
}

namespace {

/// Recurrent layers put time first; nobody else may move the batch.
void check_batch(const Draft& draft, std::vector<Problem>& problems) {
  const bool waits = std::ranges::any_of(draft.steps, [](const Step& step) {
    const auto* recurrence = std::get_if<Recurrence>(&step.operation);
    return recurrence && !recurrence->placed;
  });
  if (waits) return;  // network_of says why
  for (const auto& step : draft.steps) {
    if (step.shape.empty() || step.shape[0] != 1)
      problems.push_back({step.place, concat(name_of(step.operation), " gives ", graph::text_of(step.shape),
                                             "; the first axis is the batch, and stays it")});
  }
}

}  // namespace

void clean(Draft& draft, std::vector<std::string>& notes, std::vector<Problem>& problems) {
  const auto before = problems.size();
  if (draft.steps.size() > most_steps) {
    problems.push_back({draft.name, concat("has ", draft.steps.size(), " operations; at most ", most_steps,
                                           " are read, more than networks for small devices have")});
    return;
  }
  infer_shapes(draft, problems);
  // A permutation that moves up one step a round needs as many rounds as there are steps.
  for (std::size_t round = 0; round <= draft.steps.size() && problems.size() == before; ++round) {
    std::vector<std::string> was, is;
    const auto signature = [&](std::vector<std::string>& text) {
      for (const auto& step : draft.steps)
        text.push_back(concat(step.output, "=", name_of(step.operation), "(", join(step.inputs, ","), ")"));
      text.push_back(draft.output);
    };
    signature(was);
    for (const auto& pass : passes()) {
      pass.run(draft, notes);
      infer_shapes(draft, problems);
      if (problems.size() != before) return;
    }
    signature(is);
    if (was == is) break;
  }
  check_batch(draft, problems);
}

}  // namespace espalier::importing
