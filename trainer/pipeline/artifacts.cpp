#include "pipeline/artifacts.h"

#include <torch/headeronly/version.h>

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "deployment/c_export.h"
#include "deployment/server_export.h"
#include "exporting/golden.h"
#include "exporting/manifest.h"
#include "exporting/npz.h"
#include "exporting/onnx/dynamic_writer.h"
#include "exporting/onnx/quantized_writer.h"
#include "exporting/onnx/writer.h"
#include "exporting/tflite/writer.h"
#include "exporting/torchscript/quantized_writer.h"
#include "exporting/torchscript/writer.h"
#include "integer/arithmetic.h"
#include "nn/executor.h"
#include "training/evaluation.h"

namespace espalier::pipeline {
namespace {

reporting::Artifact artifact(const RunFolder& folder, const std::string& format, const std::filesystem::path& file,
                             const std::vector<std::uint8_t>& bytes) {
  write_atomically(file, bytes);
  reporting::Artifact made;
  made.format = format;
  made.path = file.lexically_relative(folder.path).generic_string();
  made.bytes = static_cast<std::int64_t>(bytes.size());
  made.sha256 = sha256(bytes);
  return made;
}

const integer::Program& program_for(const Student& student, const char* format) {
  if (!student.program)
    mistake(
        format,
        "is an integer format, and this student is not quantized; give the recipe a quantize modifier or `calibrate:`");
  return *student.program;
}

/// The task's, with what was chosen since.
Json decoding_of(const Student& student, const Plan& plan) {
  auto decoding = plan.task->decoding(*plan.data, plan.student.output_shape());
  for (const auto& [key, value] : student.chosen.entries()) decoding.set(key, value);
  return decoding;
}

/// What a device computes of a sample, and, where that must be told, how outputs become an answer.
Json front_end_of(const Student& student, const Plan& plan) {
  auto json = plan.data->front_end();
  auto decoding = decoding_of(student, plan);
  if (!decoding.entries().empty()) json.set("decoding", std::move(decoding));
  return json;
}

std::string description_of(const Plan& plan) { return concat(plan.recipe.options.name, ", made by Espalier"); }

reporting::Artifact with_twin(reporting::Artifact artifact, integer::Arithmetic arithmetic) {
  artifact.twin = name_of(arithmetic);
  return artifact;
}

reporting::Artifact write_tflite(const Student& student, const Plan& plan, const RunFolder& folder) {
  const auto& program = program_for(student, "tflite");
  exporting::tflite::Metadata metadata;
  metadata.description = description_of(plan);
  metadata.front_end = front_end_of(student, plan).dump();
  return with_twin(artifact(folder, "tflite", folder.tflite(), exporting::tflite::write(program, metadata)),
                   integer::Arithmetic::tflm);
}

reporting::Artifact write_torchscript(const Student& student, const Plan& plan, const RunFolder& folder) {
  return artifact(folder, "torchscript", folder.torchscript(),
                  exporting::torchscript::write(student.network, plan.task->labels(*plan.data),
                                                front_end_of(student, plan).dump()));
}

reporting::Artifact write_torchscript_int8(const Student& student, const Plan& plan, const RunFolder& folder) {
  const auto& program = program_for(student, "torchscript_int8");
  const auto bytes = exporting::torchscript::write_quantized(program, front_end_of(student, plan).dump());
  return with_twin(artifact(folder, "torchscript_int8", folder.torchscript_int8(), bytes),
                   integer::Arithmetic::ort_f32_even);
}

reporting::Artifact write_torchscript_dynamic(const Student& student, const Plan& plan, const RunFolder& folder) {
  const auto bytes = exporting::torchscript::write_dynamic(student.network, plan.task->labels(*plan.data),
                                                           front_end_of(student, plan).dump());
  return artifact(folder, "torchscript_dynamic", folder.torchscript_dynamic(), bytes);
}

exporting::onnx::Metadata onnx_metadata(const Student& student, const Plan& plan) {
  return {description_of(plan), plan.task->labels(*plan.data), front_end_of(student, plan).dump()};
}

reporting::Artifact write_onnx_float(const Student& student, const Plan& plan, const std::filesystem::path& file,
                                     const RunFolder& folder) {
  return artifact(folder, "onnx_float", file, exporting::onnx::write(student.network, onnx_metadata(student, plan)));
}

reporting::Artifact write_onnx(const Student& student, const Plan& plan, const RunFolder& folder) {
  if (!student.program) return write_onnx_float(student, plan, folder.onnx(), folder);
  auto metadata = onnx_metadata(student, plan);
  const auto note = exporting::onnx::loading_note(*student.program);
  metadata.description += ". " + note;
  const auto bytes = exporting::onnx::write_quantized(*student.program, metadata);
  write_atomically(folder.onnx_note(), note + "\n");
  return with_twin(artifact(folder, "onnx", folder.onnx(), bytes), integer::Arithmetic::ort_f32_even);
}

/// The model is that of the format "onnx".
reporting::Artifact write_server(const Student& student, const Plan& plan, const RunFolder& folder) {
  deployment::ServerOptions options{
      plan.recipe.options.name, {}, plan.task->labels(*plan.data), plan.data->front_end(), {}};
  options.decoding = decoding_of(student, plan);
  options.model = student.program ? exporting::onnx::write_quantized(*student.program, onnx_metadata(student, plan))
                                  : exporting::onnx::write(student.network, onnx_metadata(student, plan));
  return deployment::write_server_folder(student, options, folder);
}

reporting::Artifact write_onnx_dynamic(const Student& student, const Plan& plan, const RunFolder& folder) {
  return artifact(folder, "onnx_dynamic", folder.onnx_dynamic(),
                  exporting::onnx::write_dynamic(student.network, onnx_metadata(student, plan)));
}

reporting::Artifact write_c(const Student& student, const Plan& plan, const RunFolder& folder) {
  return deployment::write_c_folder(program_for(student, "c"), plan.recipe.options.name, front_end_of(student, plan),
                                    student.streaming, folder);
}

using Writer = reporting::Artifact (*)(const Student&, const Plan&, const RunFolder&);

const std::map<std::string, Writer>& writers() {
  static const std::map<std::string, Writer> all = {
      {"c", write_c},
      {"onnx", write_onnx},
      {"onnx_dynamic", write_onnx_dynamic},
      {"onnx_float",
       [](const Student& student, const Plan& plan, const RunFolder& folder) {
         return write_onnx_float(student, plan, folder.onnx_float(), folder);
       }},
      {"server", write_server},
      {"tflite", write_tflite},
      {"torchscript", write_torchscript},
      {"torchscript_dynamic", write_torchscript_dynamic},
      {"torchscript_int8", write_torchscript_int8}};
  return all;
}

/// Answers of the twin as golden samples, at most `wanted`.
exporting::Golden golden_of(const integer::Program& program, const IntegerAnswers& answers, std::int64_t wanted) {
  auto golden = exporting::golden_of(program);
  golden.samples = wanted;
  const auto in = static_cast<std::ptrdiff_t>(integer::elements(golden.input_shape) * wanted),
             out = static_cast<std::ptrdiff_t>(integer::elements(golden.output_shape) * wanted);
  golden.x.assign(answers.inputs.begin(), answers.inputs.begin() + in);
  golden.y.assign(answers.outputs.begin(), answers.outputs.begin() + out);
  golden.labels = answers.answers.labels();
  golden.labels.resize(static_cast<std::size_t>(wanted));
  return golden;
}

}  // namespace

const std::vector<std::string>& export_formats() {
  static const std::vector<std::string> all = {"torchscript", "torchscript_int8", "torchscript_dynamic", "tflite",
                                               "onnx",        "onnx_float",       "onnx_dynamic",        "c",
                                               "server"};
  return all;
}

std::vector<reporting::Artifact> write_artifacts(const Student& student, const Plan& plan,
                                                 const std::vector<std::string>& formats, const RunFolder& folder) {
  std::vector<reporting::Artifact> all;
  for (const auto& format : formats) {
    const auto writer = writers().find(format);
    if (writer == writers().end())
      mistake("export", concat("unknown format '", format, "'; there are ", join(export_formats(), ", "),
                               did_you_mean(format, export_formats())));
    all.push_back(writer->second(student, plan, folder));
  }
  return all;
}

void take_into_summary(const std::vector<reporting::Artifact>& artifacts, const RunFolder& folder) {
  if (!std::filesystem::exists(folder.path / "summary.json")) return;
  auto summary = reporting::read_summary(folder.path);
  for (const auto& made : artifacts) {
    std::erase_if(summary.artifacts, [&](const auto& old) { return old.path == made.path; });
    std::erase_if(summary.verification, [&](const auto& check) { return check.artifact == made.path; });
    summary.artifacts.push_back(made);
  }
  reporting::write_summary(folder.path, summary);
}

void write_goldens(const Student& student, const Plan& plan, const Accuracies& measured, const RunFolder& folder) {
  const auto available = plan.data->size(datasets::Split::test);
  const auto wanted =
      plan.recipe.options.golden_samples > 0 ? std::min(plan.recipe.options.golden_samples, available) : available;
  const auto write = [&](const std::filesystem::path& file, integer::Arithmetic arithmetic) {
    if (const auto& answers = measured.of(arithmetic))
      exporting::write_golden(file, golden_of(*student.program, *answers, wanted));
  };
  write(folder.golden(), integer::Arithmetic::tflm);
  write(folder.golden_ort(), integer::Arithmetic::ort_f32_even);
  const auto live = nn::for_inference(student.network);
  nn::Request request;
  request.quantized = false;
  std::vector<float> x, y;
  std::int64_t taken = 0;
  training::answers_of(
      *plan.data, datasets::Split::test, static_cast<int>(plan.recipe.training.workers),
      [&](const at::Tensor& features) {
        const auto logits = nn::forward(live, features, request).logits.contiguous();
        const auto n = std::min(wanted - taken, features.size(0));
        if (n > 0) {
          const auto per_x = features.numel() / features.size(0), per_y = logits.numel() / logits.size(0);
          x.insert(x.end(), features.const_data_ptr<float>(), features.const_data_ptr<float>() + n * per_x);
          y.insert(y.end(), logits.const_data_ptr<float>(), logits.const_data_ptr<float>() + n * per_y);
          taken += n;
        }
        return logits;
      });
  std::vector<std::int64_t> x_shape = {taken};
  x_shape.insert(x_shape.end(), plan.data->shape().begin(), plan.data->shape().end());
  std::vector<std::int64_t> y_shape = {taken};
  y_shape.insert(y_shape.end(), student.network.output_shape().begin(), student.network.output_shape().end());
  std::vector<exporting::Array> arrays = {{"x", x_shape, x}, {"y", y_shape, y}};
  if (plan.task->is_classification()) {
    std::vector<std::int64_t> labels;
    for (std::int64_t i = 0; i < taken; ++i) labels.push_back(plan.data->label(datasets::Split::test, i));
    arrays.push_back({"labels", {taken}, labels});
  }
  exporting::write_npz(folder.golden_float(), arrays);
}

std::vector<std::pair<std::string, std::filesystem::path>> artifact_files(const RunFolder& folder) {
  return {{"torchscript", folder.torchscript()},
          {"torchscript_int8", folder.torchscript_int8()},
          {"torchscript_dynamic", folder.torchscript_dynamic()},
          {"tflite", folder.tflite()},
          {"onnx", folder.onnx()},
          {"onnx_float", folder.onnx_float()},
          {"onnx_dynamic", folder.onnx_dynamic()},
          {"note", folder.onnx_note()},
          {"c", folder.c()},
          {"server", folder.server()},
          {"golden", folder.golden()},
          {"golden", folder.golden_ort()},
          {"golden", folder.golden_float()}};
}

void write_manifest(const Plan& plan, const RunFolder& folder, const std::vector<std::string>& calibration_samples) {
  exporting::Manifest manifest;
  manifest.name = plan.recipe.options.name;
  manifest.recipe_hash = sha256(plan.resolved.yaml());
  manifest.versions = versions();
  manifest.calibration_samples = calibration_samples;
  for (const auto& [format, file] : artifact_files(folder)) {
    if (!std::filesystem::exists(file)) continue;
    const bool is_float = format == "onnx" && !plan.quantizes;
    const auto found =
        exporting::artifacts_of(folder.exports(), file.filename().string(), is_float ? "onnx_float" : format);
    manifest.artifacts.insert(manifest.artifacts.end(), found.begin(), found.end());
  }
  exporting::write_manifest(folder.manifest(), manifest);
}

std::vector<std::pair<std::string, std::string>> versions() {
  return {{"espalier", "0.1.0"}, {"libtorch", TORCH_VERSION}};
}

}  // namespace espalier::pipeline
