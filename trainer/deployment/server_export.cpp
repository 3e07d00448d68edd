#include "deployment/server_export.h"

#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"
#include "datasets/front_end.h"
#include "datasets/sound_windows.h"
#include "deployment/anomaly_detector.h"
#include "deployment/artifact_folder.h"
#include "deployment/c_export.h"
#include "deployment/input_quantizer.h"
#include "deployment/verification.h"
#include "exporting/c/front_end_source.h"
#include "exporting/onnx/quantized_reader.h"
#include "exporting/onnx/quantized_writer.h"
#include "exporting/server/reader.h"
#include "exporting/server/writer.h"
#include "integer/arithmetic.h"
#include "tasks/anomaly_detection.h"

namespace espalier::deployment {
namespace {

namespace server = exporting::server;

/// What training's front end makes of the test signal, as the model takes it.
std::string known_features(const Student& student, const Json& json) {
  const datasets::FrontEnd front_end(json);
  std::vector<std::int16_t> clip(static_cast<std::size_t>(front_end.samples()));
  for (std::size_t i = 0; i < clip.size(); ++i) clip[i] = exporting::c::test_signal(static_cast<std::uint32_t>(i));
  std::vector<float> features(static_cast<std::size_t>(front_end.elements()));
  front_end.compute(clip, features);
  if (!student.program) return {reinterpret_cast<const char*>(features.data()), features.size() * sizeof(float)};
  std::vector<std::int8_t> codes(features.size());
  quantize_input(*student.program, step_of(json), features, codes);
  return {reinterpret_cast<const char*>(codes.data()), codes.size()};
}

/// Absent for a model that tells no anomalies, or has no threshold yet.
std::optional<server::Anomaly> anomaly_of(const Student& student, const Json& decoding) {
  if (!tasks::is_anomaly_decoding(decoding) || !decoding.has("threshold")) return std::nullopt;
  server::Anomaly anomaly;
  anomaly.threshold = tasks::anomaly_decoding_of(decoding, "the server export").threshold;
  if (!student.program) return anomaly;
  const auto device = reconstruction_of(*student.program, student.program->name);
  anomaly.reconstruction = device.reconstruction();
  anomaly.unit = device.unit();
  return anomaly;
}

/// Samples between the windows of a recording that is judged as a whole; else 0.
std::int64_t stride_of(const Json& front_end) {
  if (!front_end.has("window_stride")) return 0;
  return datasets::SoundWindows(front_end).begin(1);
}

/// In words, where another verdict is reached than by `expected`; empty: nowhere.
std::string anomaly_difference(const server::Served& served, const std::optional<server::Anomaly>& expected) {
  if (served.anomaly.has_value() != expected.has_value())
    return expected ? "tells no anomalies, the model does" : "tells anomalies, the model does not";
  if (!expected) return {};
  const auto& found = *served.anomaly;
  if (found.threshold != expected->threshold) return "has another threshold than the model";
  if (!expected->reconstruction) return {};
  const auto& measure = *expected->reconstruction;
  if (found.input_multiplier != measure.input_multiplier || found.output_multiplier != measure.output_multiplier ||
      found.unit != expected->unit)
    return "compares input and output otherwise than the device does";
  return {};
}

/// In words, where the description is not that of `expected`; empty: nowhere.
std::string difference(const server::Served& served, const server::Interface& expected) {
  const auto encoded = [](const server::Served::End& end, const std::optional<server::Interface::Encoding>& encoding) {
    if (!encoding) return !end.scale && !end.zero_point;
    return end.scale && end.zero_point && static_cast<float>(*end.scale) == encoding->scale &&
           *end.zero_point == encoding->zero_point;
  };
  if (served.input.name != expected.input || served.output.name != expected.output)
    return concat("names its ends '", served.input.name, "' and '", served.output.name, "', the model '",
                  expected.input, "' and '", expected.output, "'");
  if (served.input.shape != expected.input_shape || served.output.shape != expected.output_shape)
    return "has other shapes than the model";
  if (!encoded(served.input, expected.input_encoding) || !encoded(served.output, expected.output_encoding))
    return "has other scales or zero points than the model";
  return {};
}

/// The same against what the model carries: the front end, and how outputs become an answer.
std::string difference(const server::Served& served, const Json& inside, const Student& student) {
  auto front_end = Json::map();
  for (const auto& [key, value] : inside.entries())
    if (key != "decoding") front_end.set(key, value);
  if (front_end.dump() != served.front_end) return "has another front end than the model";
  return anomaly_difference(served, anomaly_of(student, inside.at("decoding")));
}

}  // namespace

reporting::Artifact write_server_folder(const Student& student, const ServerOptions& options, const RunFolder& folder) {
  server::Options wanted;
  wanted.name = options.name;
  wanted.model.assign(options.model.begin(), options.model.end());
  wanted.ends = student.program ? server::interface_of(*student.program) : server::interface_of(student.network);
  wanted.exact_option =
      student.program && exporting::onnx::largest_weight(*student.program) > exporting::onnx::reduced_range;
  wanted.labels = options.labels;
  wanted.front_end = options.front_end.dump();
  if (options.decoding.is_map() && !options.decoding.entries().empty()) wanted.decoding = options.decoding.dump();
  if (const auto hears = audio_front_end(options.front_end))
    wanted.sound = server::Sound{*hears, stride_of(options.front_end), known_features(student, options.front_end)};
  wanted.anomaly = anomaly_of(student, options.decoding);
  auto made = write_artifact_folder("server", server::write(wanted), folder.server(), folder);
  if (student.program) made.twin = name_of(integer::Arithmetic::ort_f32_even);
  return made;
}

Verification read_back_server(const Student& student, const RunFolder& folder, const reporting::Artifact& artifact,
                              ModelCheck read_model) {
  auto model = artifact;
  model.path += "/model.onnx";
  auto v = read_model(student, folder, model);
  v.artifact = artifact.path;
  if (v.status == Status::failed) return v;
  try {
    const auto served = server::read(folder.path / artifact.path);
    std::string found;
    if (student.program)
      found = difference(served, server::interface_of(*student.program));
    else if (!student.network.nodes.empty() && !served.quantized)
      found = difference(served, server::interface_of(student.network));
    if (found.empty() && student.program && served.labels != student.program->labels)
      found = "has other labels than the model";
    if (found.empty() && served.quantized) {
      const auto inside = exporting::onnx::read_quantized(read_bytes(folder.path / model.path), model.path).front_end;
      if (!inside.empty()) found = difference(served, Json::parse(inside, model.path), student);
    }
    return found.empty() ? v : failed(v, concat("model.json ", found));
  } catch (const Error& e) {
    return failed(v, e.what());
  }
}

bool serves_int8(const RunFolder& folder, const reporting::Artifact& artifact) {
  try {
    const auto file = folder.path / artifact.path / "model.json";
    return Json::parse(read_text(file), file.string()).at("quantized").boolean();
  } catch (const Error&) {
    return false;  // readback says what is wrong
  }
}

}  // namespace espalier::deployment
