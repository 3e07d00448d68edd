// Where a recurrent layer's sequence comes from and where its states go: every element between an image and the layer
// is followed through permutations and reshapes, so that any spelling of a layout is understood.
#include <algorithm>
#include <map>
#include <numeric>

#include "base/text.h"
#include "importing/cleaning.h"

namespace espalier::importing {
namespace {

/// For each element of a value, the place of the element that it is a copy of.
using Places = std::vector<std::int64_t>;

/// More than any sequence that fits here.
constexpr std::int64_t most_places = std::int64_t{1} << 22;

Places counted(std::int64_t count) {
  Places all(static_cast<std::size_t>(count));
  std::iota(all.begin(), all.end(), 0);
  return all;
}

std::int64_t stride_of(const Shape& shape, std::size_t axis) {
  return std::accumulate(shape.begin() + static_cast<std::ptrdiff_t>(axis) + 1, shape.end(), std::int64_t{1},
                         std::multiplies<>());
}

/// Calls visit(position) for each position of `shape`, row-major.
template <class Visit>
void walk(const Shape& shape, Visit visit) {
  Shape at(shape.size(), 0);
  for (std::int64_t i = graph::elements(shape); i-- > 0;) {
    visit(at);
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      if (++at[axis] < shape[axis]) break;
      at[axis] = 0;
    }
  }
}

/// What a step that only moves elements makes of its inputs' places; none of another step.
struct Moved {
  const Step& step;
  const std::vector<Places>& in;
  const std::vector<Shape>& shapes;

  std::optional<Places> operator()(const Identity&) const { return in[0]; }
  std::optional<Places> operator()(const Reshape&) const { return in[0]; }
  std::optional<Places> operator()(const Permute& op) const {
    Places out;
    walk(step.shape, [&](const Shape& at) {
      std::int64_t from = 0;
      for (std::size_t axis = 0; axis < at.size(); ++axis)
        from += at[axis] * stride_of(shapes[0], static_cast<std::size_t>(op.order[axis]));
      out.push_back(in[0][static_cast<std::size_t>(from)]);
    });
    return out;
  }
  std::optional<Places> operator()(const Part& op) const {
    auto wide = shapes[0];
    const auto axis = static_cast<std::size_t>(op.axis);
    wide[axis] = op.count;
    Places out;
    walk(wide, [&](const Shape& at) {
      std::int64_t from = op.begin * stride_of(shapes[0], axis);
      for (std::size_t i = 0; i < at.size(); ++i) from += at[i] * stride_of(shapes[0], i);
      out.push_back(in[0][static_cast<std::size_t>(from)]);
    });
    return out;
  }
  std::optional<Places> operator()(const Concatenate& op) const {
    const auto axis = static_cast<std::size_t>(op.axis);
    Places out;
    walk(step.shape, [&](Shape at) {
      std::size_t which = 0;
      while (at[axis] >= shapes[which][axis]) at[axis] -= shapes[which++][axis];
      std::int64_t from = 0;
      for (std::size_t i = 0; i < at.size(); ++i) from += at[i] * stride_of(shapes[which], i);
      out.push_back(in[which][static_cast<std::size_t>(from)]);
    });
    return out;
  }
  template <class Other>
  std::optional<Places> operator()(const Other&) const {
    return {};
  }
};

std::optional<Places> moved(const Draft& draft, const Step& step, const std::vector<Places>& in) {
  std::vector<Shape> shapes;
  for (const auto& input : step.inputs) shapes.push_back(draft.shape_of(input));
  return std::visit(Moved{step, in, shapes}, step.operation);
}

/// {channels, height, width} of an image or a signal; empty of anything else.
Shape image_of(const Shape& shape) {
  if (shape.empty() || shape[0] != 1) return {};
  if (shape.size() == 3) return {shape[1], 1, shape[2]};
  return shape.size() == 4 ? Shape{shape[1], shape[2], shape[3]} : Shape{};
}

/// Places of an image's elements, step by step, each step's features with channels outermost.
Places sequence_of(const Shape& image, bool down) {
  const auto steps = image[down ? 1 : 2], across = image[down ? 2 : 1];
  Places all;
  for (std::int64_t t = 0; t < steps; ++t)
    for (std::int64_t f = 0; f < image[0] * across; ++f)
      all.push_back(down ? (f / across * steps + t) * across + f % across : f * steps + t);
  return all;
}

struct Source {
  std::string value;
  bool down = false;
  bool turned = false;  ///< the network's input, which is to be declared as a signal, features first
};

/// The nearest image or signal of which the recurrence reads a sequence.
std::optional<Source> source_of(const Draft& draft, const Step& recurrence) {
  std::vector<const Step*> between;  // from the recurrence on
  auto value = recurrence.inputs[0];
  const auto features = std::get<Recurrence>(recurrence.operation).features();
  for (;;) {
    const auto& shape = draft.shape_of(value);
    if (const auto image = image_of(shape); !image.empty()) {
      auto places = std::optional(counted(graph::elements(shape)));
      for (auto step = between.rbegin(); step != between.rend() && places; ++step)
        places = moved(draft, **step, {*places});
      for (const bool down : {image[1] > 1, image[1] <= 1})
        if (image[0] * image[down ? 2 : 1] == features && places == sequence_of(image, down))
          return Source{value, down};
      const bool in_order = places == counted(graph::elements(shape)) && shape.size() == 3 && shape[2] == features;
      if (value == draft.input && in_order && draft.readers(value).size() == 1) return Source{value, false, true};
    }
    const auto* step = draft.maker(value);
    if (!step || step->inputs.size() != 1 || between.size() > 32) return {};
    between.push_back(step);
    value = step->inputs[0];
  }
}

/// A state's number: by time, direction, unit.
struct States {
  std::int64_t steps, directions, hidden;
  std::int64_t all() const { return directions * hidden; }
  std::int64_t number(std::int64_t time, std::int64_t state) const { return time * all() + state; }
  Places last() const {
    Places places;
    for (std::int64_t state = 0; state < all(); ++state)
      places.push_back(number(state < hidden ? steps - 1 : 0, state));
    return places;
  }
  /// Of an image or signal whose channels are the states.
  Places image() const {
    Places places;
    for (std::int64_t state = 0; state < all(); ++state)
      for (std::int64_t t = 0; t < steps; ++t) places.push_back(number(t, state));
    return places;
  }
};

/// What of the states is read, and as which value.
struct Reading {
  bool last = false;
  Shape shape;
  std::vector<std::string> values;     ///< all the same elements; further recurrent layers' inputs are not among them
  std::vector<std::string> sequences;  ///< inputs of further recurrent layers
  std::vector<std::string> moves;      ///< outputs of steps that only move states
};

class Readers {
 public:
  Readers(const Draft& draft, const Step& recurrence, const States& states, bool down)
      : draft_(draft), states_(states), down_(down) {
    const auto& op = std::get<Recurrence>(recurrence.operation);
    known_[recurrence.output] = op.last ? states.last() : counted(states.steps * states.all());
    for (const auto& step : draft.steps) follow(step);
    if (known_.count(draft.output)) end(draft.output, false);
  }
  /// None where the states are read in more than one way, or in one that no operator gives.
  std::optional<Reading> found() {
    if (failed_ || (reading_.values.empty() && reading_.sequences.empty())) return {};
    if (reading_.values.empty()) reading_.shape = image_shape();
    if (!reading_.sequences.empty() && reading_.last) return {};
    return reading_;
  }

 private:
  Shape image_shape() const {
    return down_ ? Shape{1, states_.all(), states_.steps, 1} : Shape{1, states_.all(), 1, states_.steps};
  }

  void follow(const Step& step) {
    std::vector<Places> in;
    for (const auto& input : step.inputs)
      if (const auto found = known_.find(input); found != known_.end()) in.push_back(found->second);
    if (in.empty()) return;
    const auto places = in.size() == step.inputs.size() ? moved(draft_, step, in) : std::nullopt;
    if (places) {
      known_[step.output] = *places;
      reading_.moves.push_back(step.output);
      return;
    }
    for (const auto& input : step.inputs)
      if (known_.count(input)) end(input, std::holds_alternative<Recurrence>(step.operation));
  }

  void end(const std::string& value, bool by_recurrence) {
    const auto& places = known_.at(value);
    const auto& shape = draft_.shape_of(value);
    if (by_recurrence) {
      failed_ |= places != counted(states_.steps * states_.all());
      reading_.sequences.push_back(value);
      return;
    }
    const bool last = shape == Shape{1, states_.all()} && places == states_.last();
    const auto image = image_of(shape), wanted = image_of(image_shape());
    const bool whole = !image.empty() && image == wanted && places == states_.image();
    const bool first = reading_.values.empty();
    failed_ |= (!last && !whole) || (!first && (reading_.last != last || reading_.shape != shape));
    reading_.last = last;
    reading_.shape = shape;
    reading_.values.push_back(value);
  }

  const Draft& draft_;
  States states_;
  bool down_ = false, failed_ = false;
  Reading reading_;
  std::map<std::string, Places> known_;
};

/// Rewrites `recurrence` and whoever reads its states.
void place(Draft& draft, Step& recurrence, const Source& source, const States& states, const Reading& reading) {
  auto& op = std::get<Recurrence>(recurrence.operation);
  const auto output = recurrence.output;
  recurrence.inputs = {source.value};
  if (source.turned) std::swap(draft.input_shape[1], draft.input_shape[2]);
  op.placed = true;
  op.down = source.down;
  op.last = reading.last;
  op.shape = reading.shape;
  std::vector<Step> turns;  // for further recurrent layers, time first
  for (auto& step : draft.steps)
    for (auto& input : step.inputs) {
      if (std::ranges::find(reading.values, input) != reading.values.end()) input = output;
      if (std::ranges::find(reading.sequences, input) == reading.sequences.end()) continue;
      const auto turned = output + "/sequence", shaped = output + "/steps";
      const auto axes = reading.shape.size();
      const auto order = axes == 3 ? Numbers{2, 0, 1} : source.down ? Numbers{2, 0, 1, 3} : Numbers{3, 0, 1, 2};
      if (turns.empty()) {
        turns.push_back({turned, Permute{order}, {output}, "", recurrence.place});
        turns.push_back({shaped, Reshape{{states.steps, 1, states.all()}}, {turned}, "", recurrence.place});
      }
      input = shaped;
    }
  if (std::ranges::find(reading.values, draft.output) != reading.values.end()) draft.output = output;
  std::erase_if(draft.steps,
                [&](const Step& step) { return std::ranges::find(reading.moves, step.output) != reading.moves.end(); });
  const auto at = std::ranges::find(draft.steps, output, &Step::output);
  draft.steps.insert(at + 1, turns.begin(), turns.end());
}

/// Whether another step has the same weights.
bool shared(const Draft& draft, const Recurrence& op) {
  return std::ranges::count_if(draft.steps, [&](const Step& step) {
           const auto* other = std::get_if<Recurrence>(&step.operation);
           return other && other->node == op.node;
         }) > 1;
}

bool place_one(Draft& draft, Step& step) {
  const auto& op = std::get<Recurrence>(step.operation);
  const auto elements = graph::elements(draft.shape_of(step.inputs[0]));
  const States states{elements / op.features(), static_cast<std::int64_t>(op.directions.size()), op.hidden()};
  if (shared(draft, op) || elements > most_places || states.steps * states.all() > most_places) return false;
  const auto source = source_of(draft, step);
  if (!source) return false;
  const auto reading = Readers(draft, step, states, source->down).found();
  if (!reading) return false;
  place(draft, step, *source, states, *reading);
  return true;
}

}  // namespace

void place_recurrences(Draft& draft, std::vector<std::string>& notes) {
  const auto input = draft.input_shape;
  const auto waits = [](const Step& step) {
    const auto* op = std::get_if<Recurrence>(&step.operation);
    return op && !op->placed;
  };
  std::vector<Problem> problems;  // said again by whoever infers next
  for (bool placed = true; placed && problems.empty();) {
    placed = std::ranges::any_of(draft.steps, [&](Step& step) { return waits(step) && place_one(draft, step); });
    if (placed) infer_shapes(draft, problems);
  }
  if (draft.input_shape != input)
    notes.push_back(concat("the network's input is declared as ", graph::text_of(draft.input_shape),
                           ", features before time, in place of ", graph::text_of(input)));
}

}  // namespace espalier::importing
