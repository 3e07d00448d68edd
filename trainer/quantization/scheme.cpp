#include "quantization/scheme.h"

#include <filesystem>

#include "base/text.h"
#include "schema/document.h"
#include "schema/readers.h"

namespace espalier::quantization {
namespace {

struct ActivationOptions {
  std::int64_t bits = 8;
  bool symmetric = false;
  std::string granularity = "tensor";
  static void describe(schema::Describe<ActivationOptions>& d) {
    d.key("bits", &ActivationOptions::bits, "of an activation").in("bits");
    d.key("symmetric", &ActivationOptions::symmetric, "zero point 0 in place of a nudged one");
    d.key("granularity", &ActivationOptions::granularity, "what shares a scale").one_of({"tensor", "channel"});
  }
};

struct WeightOptions {
  std::int64_t bits = 8;
  bool symmetric = true, narrow = true, reduce_range = false;
  std::string granularity = "channel";
  static void describe(schema::Describe<WeightOptions>& d) {
    d.key("bits", &WeightOptions::bits, "of a weight").in("bits");
    d.key("symmetric", &WeightOptions::symmetric, "zero point 0");
    d.key("narrow", &WeightOptions::narrow, "[-127, 127], without -128");
    d.key("reduce_range", &WeightOptions::reduce_range,
          "[-63, 63], for runtimes that add int8 products in 16 bits: ONNX Runtime and LibTorch on x86 without VNNI");
    d.key("granularity", &WeightOptions::granularity, "what shares a scale").one_of({"tensor", "channel"});
  }
};

struct SchemeOptions {
  schema::Part activations, weights;
  static void describe(schema::Describe<SchemeOptions>& d) {
    d.key("activations", &SchemeOptions::activations, "how activations are encoded").must();
    d.key("weights", &SchemeOptions::weights, "how convolution and linear weights are encoded").must();
  }
};

/// Adds a Problem at the key's value, or at the map where the key is not written.
void refuse_key(const schema::Value& map, const char* key, std::string text, std::vector<Problem>& problems) {
  const auto* value = map.find(key);
  problems.push_back({(value ? *value : map).origin().text(), std::move(text)});
}

void refuse_activations(const ActivationOptions& a, const schema::Value& map, std::vector<Problem>& problems) {
  if (a.bits != 8)
    refuse_key(map, "bits",
               concat("activations of ", a.bits, " bits are not executed exactly by any kernel here; use 8"), problems);
  if (a.granularity != "tensor")
    refuse_key(map, "granularity",
               "activations have one scale a tensor: no integer kernel sums channels of different scale", problems);
}

void refuse_weights(const WeightOptions& w, const schema::Value& map, std::vector<Problem>& problems) {
  if (w.bits != 8)
    refuse_key(map, "bits", concat("weights of ", w.bits, " bits are not executed exactly by any kernel here; use 8"),
               problems);
  if (!w.symmetric)
    refuse_key(map, "symmetric", "weights must be symmetric: the int8 kernels have no weight zero point", problems);
  if (!w.narrow) refuse_key(map, "narrow", "weights must be narrow: the int8 kernels expect [-127, 127]", problems);
  if (w.granularity != "channel")
    refuse_key(map, "granularity",
               "weights need one scale an output channel: a scale for the whole tensor does not survive the folding of "
               "batch norm",
               problems);
}

}  // namespace

Scheme read_scheme(const schema::Value& value, std::vector<Problem>& problems) {
  const auto before = problems.size();
  const auto parts = schema::read_options<SchemeOptions>(value, "the scheme", problems, {"name"});
  if (problems.size() != before) return {};
  const auto activations = schema::read_options<ActivationOptions>(parts.activations.value, "activations", problems);
  const auto weights = schema::read_options<WeightOptions>(parts.weights.value, "weights", problems);
  if (problems.size() != before) return {};
  refuse_activations(activations, parts.activations.value, problems);
  refuse_weights(weights, parts.weights.value, problems);
  return {.symmetric_activations = activations.symmetric, .largest_weight = weights.reduce_range ? 63 : 127};
}

Scheme load_scheme(const schema::Path& path, std::vector<Problem>& problems) {
  if (!std::filesystem::exists(path.text)) {
    problems.push_back({path.origin, concat("scheme '", path.text, "' does not exist")});
    return {};
  }
  try {
    return read_scheme(schema::load(path.text), problems);
  } catch (const Error& error) {
    problems.insert(problems.end(), error.problems().begin(), error.problems().end());
    return {};
  }
}

}  // namespace espalier::quantization
