#include "deployment/predictor.h"

#include "base/error.h"
#include "base/text.h"
#include "deployment/input_quantizer.h"
#include "tasks/classification.h"

namespace espalier::deployment {
namespace {

std::int64_t elements_of(const integer::Program& program, integer::Id id) {
  return integer::elements(program.activations[static_cast<std::size_t>(id)].shape);
}

}  // namespace

Predictor::Predictor(const ExportedModel& model)
    : reader_(input_reader(model.front_end, model.file)),
      lsb_(step_of(model.front_end)),
      twin_(model.program, integer::Arithmetic::tflm, 1) {
  if (reader_->elements() != elements_of(model.program, model.program.input))
    mistake(model.file, concat("is damaged: its front end gives ", reader_->elements(), " features, its network takes ",
                               elements_of(model.program, model.program.input)));
}

Prediction Predictor::predict(const std::string& file) const { return answer_of(twin_, lsb_, reader_->read(file)); }

Prediction answer_of(const integer::Twin& twin, double lsb, std::span<const float> features) {
  const auto& program = twin.program();
  std::vector<std::int8_t> input(features.size());
  quantize_input(program, lsb, features, input);
  Prediction said;
  said.output.resize(static_cast<std::size_t>(elements_of(program, program.output)));
  twin.run(input, 1, said.output);
  const auto& output = program.activations[static_cast<std::size_t>(program.output)];
  said.probabilities = tasks::probabilities(said.output, output.scale, output.zero_point);
  said.best = static_cast<std::size_t>(tasks::argmax(std::span<const std::int8_t>(said.output)));
  said.label = said.best < program.labels.size() ? program.labels[said.best] : std::to_string(said.best);
  return said;
}

}  // namespace espalier::deployment
