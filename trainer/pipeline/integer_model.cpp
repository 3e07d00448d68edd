#include "pipeline/integer_model.h"

#include <ATen/Parallel.h>

#include <algorithm>

#include "base/error.h"
#include "integer/arithmetic.h"
#include "integer/lowering.h"
#include "passes/fusion.h"
#include "passes/rewrite.h"
#include "tasks/reconstruction.h"
#include "training/evaluation.h"

namespace espalier::pipeline {

integer::Program program_of(const graph::Network& frozen, const std::vector<std::string>& labels) {
  auto program = integer::lower(passes::fold_batch_norm(passes::remove_dropout(frozen).network).network);
  program.labels = labels;
  return program;
}

integer::Program program_of(const training::TrainedModel& model, const std::vector<std::string>& labels) {
  return program_of(nn::freeze(model.live(), model.evaluated()), labels);
}

bool is_quantized(const graph::Network& network) {
  const auto layers = passes::fuse(network);
  return std::all_of(layers.begin(), layers.end(),
                     [&](const passes::Layer& layer) { return network.encodings.count(layer.output) != 0; });
}

Student student_of(graph::Network network, const std::vector<std::string>& labels) {
  Student student;
  student.network = std::move(network);
  if (is_quantized(student.network))
    student.program = program_of(nn::freeze(nn::bring_to_life(student.network, false)), labels);
  return student;
}

namespace {

/// int8 outputs {height, width, channels} as real numbers in the graph's order, channels first.
void append_real(const integer::Activation& output, std::span<const std::int8_t> codes, std::vector<float>& values) {
  const auto channels = output.shape.size() == 3 ? static_cast<std::size_t>(output.shape[2]) : 1,
             pixels = codes.size() / channels;
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t p = 0; p < pixels; ++p)
      values.push_back(output.scale * static_cast<float>(codes[p * channels + c] - output.zero_point));
}

tasks::Codes codes_of(const integer::Activation& activation) { return {activation.scale, activation.zero_point}; }

}  // namespace

IntegerAnswers evaluate(const integer::Twin& twin, const datasets::Dataset& data, datasets::Split split, int workers,
                        bool reconstruction) {
  const auto& program = twin.program();
  const auto &input = program.activations[static_cast<std::size_t>(program.input)],
             &output = program.activations[static_cast<std::size_t>(program.output)];
  const auto in = static_cast<std::size_t>(integer::elements(input.shape));
  const auto out = static_cast<std::size_t>(integer::elements(output.shape));
  const double lsb = step_of(data.front_end());
  IntegerAnswers all;
  std::optional<tasks::DeviceReconstruction> device;
  if (reconstruction) device.emplace(codes_of(input), codes_of(output), static_cast<std::int64_t>(in == out ? in : 0));
  const auto shape =
      output.shape.size() == 3 ? graph::Shape{output.shape[2], output.shape[0], output.shape[1]} : output.shape;
  const auto run = [&](const datasets::Batch& batch, std::vector<float>& values) {
    const auto n = batch.samples.size();
    const auto base_in = all.inputs.size(), base_out = all.outputs.size();
    all.inputs.resize(base_in + n * in);
    all.outputs.resize(base_out + n * out);
    const std::span<const float> features(batch.features);
    const std::span<std::int8_t> quantized(all.inputs.data() + base_in, n * in),
        answers(all.outputs.data() + base_out, n * out);
    for (std::size_t i = 0; i < n; ++i)
      quantize_input(program, lsb, features.subspan(i * in, in), quantized.subspan(i * in, in));
    twin.run(quantized, static_cast<std::int64_t>(n), answers);
    for (std::size_t i = 0; i < n; ++i)
      if (device)
        values.push_back(
            static_cast<float>(device->error(quantized.subspan(i * in, in), answers.subspan(i * out, out))));
      else
        append_real(output, answers.subspan(i * out, out), values);
    return device ? graph::Shape{1} : shape;
  };
  all.answers = tasks::ask(data, split, workers, false, run);
  if (device) return all;
  all.answers.code_scale = output.scale;
  all.answers.code_zero_point = output.zero_point;
  return all;
}

Accuracies measure(const Student& student, const datasets::Dataset& data, datasets::Split split, int workers,
                   bool reconstruction, integer::Arithmetic arithmetic) {
  using integer::Arithmetic;
  const auto live = nn::bring_to_life(student.network, false);
  Accuracies all;
  all.floating = training::evaluate(live, data, split, false, workers, {}, reconstruction);
  if (!student.program) return all;
  all.fake_quant = training::evaluate(live, data, split, true, workers, {}, reconstruction);
  const auto answers = [&](Arithmetic wanted) {
    return evaluate(integer::Twin(*student.program, wanted, at::get_num_threads()), data, split, workers,
                    reconstruction);
  };
  const auto other = arithmetic == Arithmetic::tflm ? Arithmetic::ort_f32_even : Arithmetic::tflm;
  all.arithmetic = arithmetic;
  all.integer = answers(arithmetic);
  if (integer::is_exact(*student.program, other)) all.other = answers(other);
  return all;
}

}  // namespace espalier::pipeline
