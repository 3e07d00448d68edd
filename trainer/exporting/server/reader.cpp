#include "exporting/server/reader.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/text.h"

namespace espalier::exporting::server {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t most_text = std::int64_t{1} << 26;

std::int64_t elements_of(const std::vector<std::int64_t>& shape) {
  std::int64_t all = 1;
  for (const auto extent : shape) {
    if (extent < 1 || all > (std::int64_t{1} << 40) / extent) return -1;
    all *= extent;
  }
  return all;
}

Served::End end_of(const Json& json) {
  Served::End end;
  end.name = json.at("name").text();
  for (const auto& extent : json.at("shape").items()) end.shape.push_back(extent.integer());
  if (json.has("scale")) end.scale = json.at("scale").number();
  if (json.has("zero_point")) end.zero_point = json.at("zero_point").integer();
  return end;
}

Served::Anomaly anomaly_of(const Json& json) {
  Served::Anomaly anomaly;
  anomaly.threshold = json.at("threshold").number();
  if (json.has("input_multiplier")) anomaly.input_multiplier = json.at("input_multiplier").integer();
  if (json.has("output_multiplier")) anomaly.output_multiplier = json.at("output_multiplier").integer();
  if (json.has("unit")) anomaly.unit = json.at("unit").number();
  return anomaly;
}

Served parse(const Json& json) {
  Served served;
  if (json.at("format").integer() != 1) fail("is of another version");
  served.name = json.at("name").text();
  served.model = json.at("model").text();
  served.quantized = json.at("quantized").boolean();
  if (json.has("arithmetic")) served.arithmetic = json.at("arithmetic").text();
  served.exact_option = json.at("session").has("session.x64quantprecision");
  for (const auto& label : json.at("labels").items()) served.labels.push_back(label.text());
  served.input = end_of(json.at("input"));
  served.output = end_of(json.at("output"));
  if (const auto& sound = json.at("sound"); !sound.is_null())
    served.sound = Served::Sound{sound.at("sample_rate").integer(), sound.at("samples").integer(),
                                 sound.has("stride") ? sound.at("stride").integer() : 0};
  if (json.has("anomaly")) served.anomaly = anomaly_of(json.at("anomaly"));
  if (served.quantized != (served.input.scale && served.input.zero_point))
    fail("says quantized, and its input has no encoding, or the other way round");
  if (const auto& anomaly = served.anomaly;
      anomaly && (anomaly->input_multiplier && anomaly->output_multiplier && anomaly->unit) != served.quantized)
    fail("tells anomalies, and not how its outputs are compared");
  return served;
}

/// Lines of labels.txt, which has spaces where a label breaks.
void check_labels(const fs::path& file, const std::vector<std::string>& labels) {
  auto lines = split(read_text(file, most_text), '\n');
  if (!lines.empty() && lines.back().empty()) lines.pop_back();
  if (lines.size() != labels.size())
    mistake(file.string(), concat("has ", lines.size(), " labels, model.json ", labels.size()));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto label = labels[i];
    std::replace_if(
        label.begin(), label.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    if (lines[i] != label) mistake(file.string(), concat("has '", lines[i], "' where model.json has '", label, "'"));
  }
}

/// The words between "dims: [" and "]", in the order in which they stand.
std::vector<std::string> dimensions(const std::string& text) {
  constexpr std::string_view begin = "dims: [";
  std::vector<std::string> all;
  for (auto at = text.find(begin); at != std::string::npos; at = text.find(begin, at + 1)) {
    const auto first = at + begin.size();
    all.push_back(trim(text.substr(first, text.find(']', first) - first)));
  }
  return all;
}

void check_triton(const fs::path& folder, const Served& served) {
  fs::path repository;
  std::error_code absent;
  for (const auto& entry : fs::directory_iterator(folder / "triton", absent))
    if (entry.is_directory()) repository = entry.path();
  if (repository.empty()) mistake((folder / "triton").string(), "holds no model");
  if (read_bytes(repository / "1" / "model.onnx") != read_bytes(folder / served.model))
    mistake((repository / "1" / "model.onnx").string(), concat("is not ", served.model));
  const auto file = repository / "config.pbtxt";
  const auto config = read_text(file, most_text);
  const std::vector<std::string> expected = {join(served.input.shape, ", "), join(served.output.shape, ", ")};
  if (dimensions(config) != expected) mistake(file.string(), "has other shapes than model.json");
  if (config.find("dynamic_batching") == std::string::npos) mistake(file.string(), "does not batch");
  if (config.find(concat("name: \"", repository.filename().string(), "\"")) == std::string::npos)
    mistake(file.string(), "has another name than its folder");
  if (config.find("label_filename") != std::string::npos) check_labels(repository / "labels.txt", served.labels);
}

void check_sound(const fs::path& folder, const Served& served) {
  const auto origin = (folder / "front_end.json").string();
  const auto front_end = Json::parse(served.front_end, origin);
  if (front_end.at("sample_rate").integer() != served.sound->sample_rate ||
      front_end.at("clip_samples").integer() != served.sound->samples)
    mistake(origin, "hears other sound than model.json says");
  const auto file = folder / "front_end" / "known_features.bin";
  const auto bytes = static_cast<std::int64_t>(read_bytes(file, most_text).size());
  if (bytes != elements_of(served.input.shape) * (served.quantized ? 1 : 4))
    mistake(file.string(), concat("has ", bytes, " bytes, which are not the features of one input"));
}

void check_packages(const fs::path& file) {
  for (const auto& line : split(read_text(file, most_text), '\n'))
    if (!line.empty() && line[0] != '#' && line.find("==") == std::string::npos)
      mistake(file.string(), concat("leaves the version of ", line, " open"));
}

}  // namespace

Served read(const fs::path& folder) {
  const auto file = folder / "model.json";
  Served served;
  try {
    served = parse(Json::parse(read_text(file, most_text), file.string()));
  } catch (const Error& error) {
    if (error.code() == Exit::mistake) throw;
    mistake(file.string(), concat("does not describe a model: ", error.what()));
  }
  if (served.model.find('/') != std::string::npos || !fs::exists(folder / served.model))
    mistake(file.string(), concat("names the model '", served.model, "', which is not in its folder"));
  if (elements_of(served.input.shape) < 1) mistake(file.string(), "has an input without elements");
  if (elements_of(served.output.shape) < 1) mistake(file.string(), "has an output without elements");
  served.front_end =
      Json::parse(read_text(folder / "front_end.json", most_text), (folder / "front_end.json").string()).dump();
  if (!served.labels.empty()) check_labels(folder / "labels.txt", served.labels);
  check_triton(folder, served);
  if (served.sound) check_sound(folder, served);
  check_packages(folder / "requirements.txt");
  for (const char* program : {"server.py", "client.py"})
    if (!fs::exists(folder / program)) mistake((folder / program).string(), "is absent");
  return served;
}

}  // namespace espalier::exporting::server
