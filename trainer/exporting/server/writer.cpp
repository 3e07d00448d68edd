#include "exporting/server/writer.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <span>

#include "base/embedded_text.h"
#include "base/error.h"
#include "base/json.h"
#include "base/text.h"
#include "exporting/c/c_text.h"
#include "exporting/c/front_end_source.h"
#include "exporting/c/runtime_files.h"
#include "integer/arithmetic.h"
#include "passes/rewrite.h"

namespace espalier::exporting::server {

/// templates/….in, embedded by CMake.
std::span<const EmbeddedText> template_texts();

namespace {

using c::filled, c::Replacement;

std::string_view template_text(std::string_view name) {
  for (const auto& file : template_texts())
    if (file.path == concat(name, ".in")) return file.text;
  fail(concat("the server export lacks the template ", name));
}

std::int64_t elements_of(const std::vector<std::int64_t>& shape) {
  std::int64_t all = 1;
  for (const auto extent : shape) all *= extent;
  return all;
}

Interface::Encoding encoding_of(const integer::Activation& activation) {
  return {activation.scale, activation.zero_point};
}

std::vector<std::int64_t> channels_first(const integer::Shape& s) {
  return s.size() == 3 ? std::vector{s[2], s[0], s[1]} : s;
}

/// A string of protobuf's text format.
std::string quoted(const std::string& text) { return c::string_literal(text); }

/// Labels one a line, as Triton reads them.
std::string lines_of(const std::vector<std::string>& labels) {
  std::string all;
  for (const auto& label : labels) {
    for (const char symbol : label) all += symbol == '\n' || symbol == '\r' ? ' ' : symbol;
    all += '\n';
  }
  return all;
}

Json encoded(Json json, const std::optional<Interface::Encoding>& encoding) {
  if (encoding)
    json.set("scale", static_cast<double>(encoding->scale)).set("zero_point", std::int64_t{encoding->zero_point});
  return json;
}

/// Gathers the folder's files.
class Folder {
 public:
  explicit Folder(const Options& options)
      : options_(options),
        ends_(options.ends),
        quantized_(options.ends.input_encoding.has_value()),
        names_outputs_(!options.labels.empty() &&
                       ends_.output_shape == std::vector{static_cast<std::int64_t>(options.labels.size())}) {}

  std::vector<File> write() {
    add("model.onnx", options_.model);
    add("model.json", description().dump(2) + "\n");
    if (!options_.labels.empty()) add("labels.txt", lines_of(options_.labels));
    add("front_end.json", Json::parse(options_.front_end, "front_end").dump(2) + "\n");
    if (options_.sound) add_front_end();
    for (const char* name : {"server.py", "requirements.txt"}) add(name, std::string(template_text(name)));
    for (const char* name : {"client.py", "README.md"}) add(name, filled(template_text(name), values()));
    add("LICENSE-0BSD", std::string(c::template_text("LICENSE-0BSD")));
    add_triton();
    std::sort(files_.begin(), files_.end(), [](const File& a, const File& b) { return a.path < b.path; });
    return std::move(files_);
  }

 private:
  void add(std::string path, std::string text) { files_.push_back({std::move(path), std::move(text)}); }

  Json description() const {
    auto input = Json::map(), output = Json::map(), session = Json::map(), all = Json::map();
    input.set("name", ends_.input).set("shape", Json::list_of(ends_.input_shape));
    output.set("name", ends_.output).set("shape", Json::list_of(ends_.output_shape));
    if (options_.exact_option) session.set("session.x64quantprecision", "1");
    all.set("format", 1).set("name", options_.name).set("model", "model.onnx").set("quantized", quantized_);
    all.set("arithmetic", quantized_ ? Json(std::string(name_of(integer::Arithmetic::ort_f32_even))) : Json());
    all.set("session", std::move(session)).set("labels", Json::list_of(options_.labels));
    all.set("input", encoded(std::move(input), ends_.input_encoding));
    all.set("output", encoded(std::move(output), ends_.output_encoding));
    if (!options_.decoding.empty()) all.set("decoding", Json::parse(options_.decoding, "decoding"));
    if (options_.anomaly) all.set("anomaly", anomaly());
    if (options_.sound) {
      const auto& front_end = options_.sound->front_end;
      auto sound = Json::map();
      sound.set("sample_rate", std::int64_t{front_end.spec.sample_rate}).set("samples", front_end.clip_samples);
      sound.set("work_bytes", c::front_end_work_bytes(front_end)).set("features", quantized_ ? "int8" : "float32");
      if (options_.sound->stride) sound.set("stride", options_.sound->stride);
      all.set("sound", std::move(sound));
    }
    return all;
  }

  Json anomaly() const {
    const auto& wanted = *options_.anomaly;
    if (wanted.reconstruction.has_value() != quantized_ ||
        elements_of(ends_.input_shape) != elements_of(ends_.output_shape))
      fail("the measure of anomalies does not fit the network's input and output");
    auto json = Json::map().set("threshold", wanted.threshold);
    if (!wanted.reconstruction) return json;
    json.set("input_multiplier", std::int64_t{wanted.reconstruction->input_multiplier});
    json.set("output_multiplier", std::int64_t{wanted.reconstruction->output_multiplier});
    return json.set("unit", wanted.unit);
  }

  /// How a row leaves the front end: by the device's quantizer, or as the floats that training saw.
  std::string store() const {
    const bool integer = options_.sound->front_end.integer;
    if (quantized_)
      return concat("espalier_audio_quantize_", integer ? "fixed" : "float", "(&quantizer, values, FEATURES, row);");
    return concat("for (int32_t i = 0; i < FEATURES; ++i) row[i] = ",
                  integer ? concat("(float)values[i] * ", c::float_text(1.0f / 65536.0f)) : std::string("values[i]"),
                  ";");
  }

  void add_front_end() {
    const auto& front_end = options_.sound->front_end;
    const auto elements = elements_of(ends_.input_shape);
    const auto known = static_cast<std::int64_t>(options_.sound->known_features.size());
    if (known != elements * (quantized_ ? 1 : 4)) fail("the front end's known features are not those of one input");
    auto tables = c::front_end_tables(front_end, elements);
    if (quantized_) tables += c::quantizer_source(ends_.input_encoding->scale, ends_.input_encoding->zero_point);
    const auto source =
        filled(template_text("front_end/front_end.c"),
               {{"TITLE", c::comment_text(options_.name)},
                {"LICENSE", std::string(c::generated_license)},
                {"TABLES", tables},
                {"SAMPLES", std::to_string(front_end.clip_samples)},
                {"SAMPLE_RATE", std::to_string(front_end.spec.sample_rate)},
                {"HOP", std::to_string(front_end.spec.hop_samples)},
                {"FRAMES", std::to_string(c::front_end_frames(front_end))},
                {"FEATURES", std::to_string(espalier_audio_features(&front_end.spec))},
                {"WORK_BYTES", std::to_string(c::front_end_work_bytes(front_end))},
                {"ELEMENT", front_end.integer ? "int32_t" : "float"},
                {"TYPE", quantized_ ? "int8_t" : "float"},
                {"FRAME_KERNEL", front_end.integer ? "espalier_audio_fixed_frame" : "espalier_audio_float_frame_pcm"},
                {"STORE", store()}});
    add("front_end/front_end.c", source);
    add("front_end/known_features.bin", options_.sound->known_features);
    std::string names;
    for (const auto& file : c::needed_files({source}, c::runtime_texts())) {
      const auto path =
          ends_with(file.path, ".c") ? std::string(file.path.substr(file.path.rfind('/') + 1)) : std::string(file.path);
      add("front_end/" + path, std::string(file.text));
      names += concat("    ", path, "\n");
    }
    add("front_end/NOTICE", filled(c::template_text("NOTICE"), {{"KERNELS", names}}));
    add("front_end/LICENSE-APACHE", std::string(c::license_texts().front().text));
  }

  void add_triton() {
    const auto name = model_name(options_.name);
    add(concat("triton/", name, "/1/model.onnx"), options_.model);
    if (names_outputs_) add(concat("triton/", name, "/labels.txt"), lines_of(options_.labels));
    add("triton/README.md",
        filled(template_text("triton/README.md"),
               {{"TRAP", options_.exact_option ? "\n**Int8 on x86 without VNNI:** Triton's backend has no "
                                                 "documented way to set session.x64quantprecision; "
                                                 "without it outputs are wrong there. Serve the float "
                                                 "model, or one of 7-bit weights, on such processors.\n"
                                               : ""}}));
    add(concat("triton/", name, "/config.pbtxt"),
        filled(template_text("triton/config.pbtxt"),
               {{"TITLE", c::comment_text(options_.name)},
                {"LICENSE", std::string(c::generated_license)},
                {"NAME", quoted(name)},
                {"INPUT_NAME", quoted(ends_.input)},
                {"INPUT_DIMS", join(ends_.input_shape, ", ")},
                {"OUTPUT_NAME", quoted(ends_.output)},
                {"OUTPUT_DIMS", join(ends_.output_shape, ", ")},
                {"LABEL_FILE", names_outputs_ ? " label_filename: \"labels.txt\"" : ""}}));
  }

  std::string input_text() const {
    auto text = concat(join(ends_.input_shape, "x"), " float32, channels first");
    if (quantized_)
      text +=
          concat("; or int8 codes, channels last: real = ", ends_.input_encoding->scale, " * (code ",
                 ends_.input_encoding->zero_point < 0 ? "+ " : "- ", std::abs(ends_.input_encoding->zero_point), ")");
    return text;
  }

  std::string outputs_text() const {
    if (options_.anomaly)
      return concat(
          " numbers, as JSON with score and verdict: \"anomalous\" where the mean squared difference of output "
          "and input is more than ",
          number_text(options_.anomaly->threshold));
    return names_outputs_ ? " logits, as JSON with the label and its probability" : " numbers, as JSON";
  }

  std::string exact_text() const {
    if (!quantized_) return "The model computes in float32: answers agree with training's to about 1e-4.";
    return concat(
        "The model is int8 and gives, whatever batch a sample is in, the bytes of Espalier's twin in the arithmetic "
        "ort_f32_even, for sound and for int8 codes; float features are first rounded by ONNX Runtime.",
        options_.exact_option ? " server.py loads it with `session.x64quantprecision=1`, without which x86 without "
                                "VNNI would give wrong answers."
                              : "");
  }

  std::vector<Replacement> values() const {
    const bool hears = options_.sound.has_value();
    const auto rate = hears ? std::to_string(options_.sound->front_end.spec.sample_rate) : "0";
    const auto samples = hears ? std::to_string(options_.sound->front_end.clip_samples) : "0";
    return {
        {"TITLE", c::comment_text(options_.name)},
        {"SAMPLE_RATE", rate},
        {"MODEL_TEXT", quantized_ ? "An int8 network (QDQ, run by ONNX Runtime in integers)" : "A float network"},
        {"SOUND_USE", hears ? "    .venv/bin/python client.py recording.wav\n" : ""},
        {"INPUT_TEXT", input_text()},
        {"OUTPUTS", concat(join(ends_.output_shape, "x"), outputs_text())},
        {"SOUND_ROW", hears ? concat("| sound | ", options_.sound->stride ? "recordings, at least " : "", samples,
                                     " samples of 16 bits at ", rate, " Hz; needs a C compiler where it is served |\n")
                            : ""},
        {"LABELS_ROW", options_.labels.empty() ? "" : "| `labels.txt` | the classes in the order of the outputs |\n"},
        {"EXACT_TEXT", exact_text()},
        {"FRONT_END_ROW",
         hears ? "| `front_end/` | the C that computes features; compiled when the server starts, and held "
                 "to `known_features.bin` |\n"
               : ""},
        {"KERNELS_LICENSE", hears ? " The C of the front end is Espalier's, Apache-2.0 (`front_end/NOTICE`)." : ""}};
  }

  const Options& options_;
  const Interface& ends_;
  bool quantized_, names_outputs_;
  std::vector<File> files_;
};

}  // namespace

Interface interface_of(const integer::Program& program) {
  const auto& input = program.activations[static_cast<std::size_t>(program.input)];
  const auto& output = program.activations[static_cast<std::size_t>(program.output)];
  return {input.name,         output.name,        channels_first(input.shape), channels_first(output.shape),
          encoding_of(input), encoding_of(output)};
}

Interface interface_of(const graph::Network& network) {
  const auto folded = passes::fold_batch_norm(passes::remove_dropout(network).network).network;
  const auto &first = folded.nodes.front(), &last = folded.nodes.back();
  return {first.name, last.name, first.shape, last.shape, {}, {}};
}

std::string model_name(const std::string& name) {
  std::string kept;
  for (const char symbol : name) {
    const bool plain = std::isalnum(static_cast<unsigned char>(symbol)) != 0 || symbol == '_' || symbol == '-';
    kept += plain ? symbol : '_';
  }
  return kept.empty() ? "model" : kept;
}

std::vector<File> write(const Options& options) { return Folder(options).write(); }

}  // namespace espalier::exporting::server
