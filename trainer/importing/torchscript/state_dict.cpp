#include "importing/torchscript/state_dict.h"

#include <ATen/ATen.h>
#include <caffe2/serialize/inline_container.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cstring>

#include "base/error.h"
#include "base/text.h"
#include "importing/pickle.h"
#include "importing/torchscript/archive.h"
#include "importing/torchscript/frozen_graph.h"

namespace espalier::importing::torchscript {
namespace {

using Archive = caffe2::serialize::PyTorchStreamReader;
using Tensors = std::map<std::string, graph::Tensor>;

void put(Tensors& all, const std::string& name, const at::Tensor& foreign) {
  const bool counts = foreign.scalar_type() == at::kLong;
  if (!foreign.is_floating_point() && !counts) return;
  const auto values = foreign.detach().to(at::kCPU, counts ? at::kLong : at::kFloat).contiguous();
  graph::Tensor tensor(counts ? graph::Type::int64 : graph::Type::float32, values.sizes().vec());
  if (!tensor.bytes.empty()) std::memcpy(tensor.bytes.data(), values.const_data_ptr(), tensor.bytes.size());
  all[name] = std::move(tensor);
}

at::ScalarType element_of(const std::string& storage) {
  static const std::map<std::string, at::ScalarType> types = {{"FloatStorage", at::kFloat},
                                                              {"DoubleStorage", at::kDouble},
                                                              {"HalfStorage", at::kHalf},
                                                              {"BFloat16Storage", at::kBFloat16},
                                                              {"LongStorage", at::kLong}};
  const auto found = types.find(storage);
  return found == types.end() ? at::ScalarType::Undefined : found->second;
}

/// A file, and how many bytes its tensors may still take: many may be views of one storage, or repeat its values.
struct Source {
  const std::string& path;
  Archive& archive;
  std::uintmax_t left;
};

void take(Source& source, const Pickled::TensorView& view) {
  std::uintmax_t bytes = sizeof(double);
  for (const auto extent : view.sizes)
    if (extent < 0 || __builtin_mul_overflow(bytes, static_cast<std::uintmax_t>(extent), &bytes))
      fail_inflated(source.path);
  if (bytes > source.left) fail_inflated(source.path);
  source.left -= bytes;
}

/// Undefined where the tensor's type is of no use here (quantized, boolean, …).
at::Tensor tensor_of(Source& source, const Pickled::TensorView& view) {
  const auto type = element_of(view.type);
  if (type == at::ScalarType::Undefined) return {};
  take(source, view);
  const auto [data, size] = source.archive.getRecord("data/" + view.storage);
  const auto element = static_cast<std::int64_t>(c10::elementSize(type));
  const auto storage = at::from_blob(data.get(), {static_cast<std::int64_t>(size) / element}, type);
  return storage.as_strided(view.sizes, view.strides, view.offset).clone();  // refuses a view beyond the storage
}

Tensors tensors_of(Source& source, const Pickled& pickled, const Pickled::Dictionary& dictionary) {
  Tensors all;
  for (const auto& [key, value] : dictionary.entries) {
    const auto* name = pickled.as<std::string>(key);
    const auto* view = pickled.as<Pickled::TensorView>(value);
    const auto tensor = name && view ? tensor_of(source, *view) : at::Tensor();
    if (tensor.defined()) put(all, *name, tensor);
  }
  return all;
}

/// The dictionary under `name`; null when there is none.
const Pickled::Dictionary* inner(const Pickled& pickled, const Pickled::Dictionary& outer, const std::string& name) {
  for (const auto& [key, value] : outer.entries) {
    const auto* text = pickled.as<std::string>(key);
    if (text && *text == name) return pickled.as<Pickled::Dictionary>(value);
  }
  return nullptr;
}

/// The state itself, or the one that a training's checkpoint wraps.
Tensors tensors_of_save(const std::string& path, Archive& archive) {
  const auto [data, size] = archive.getRecord("data.pkl");
  const auto pickled = read_pickle({static_cast<const char*>(data.get()), size});
  const auto* outer = pickled.as<Pickled::Dictionary>(pickled.root);
  if (!outer) mistake(path, "holds no state_dict: save model.state_dict(), not the model");
  // Counted as float64, the widest: files of float16 are half as large.
  Source source{path, archive, 4 * most_unpacked(path)};
  auto all = tensors_of(source, pickled, *outer);
  for (const char* key : {"state_dict", "model_state_dict", "model", "net"}) {
    if (!all.empty()) return all;
    if (const auto* wrapped = inner(pickled, *outer, key)) all = tensors_of(source, pickled, *wrapped);
  }
  if (all.empty()) mistake(path, "holds no tensors by name: save model.state_dict()");
  return all;
}

Tensors tensors_of_module(const std::string& path) {
  const auto module = torch::jit::load(path, at::kCPU);
  Tensors all;
  for (const auto& parameter : module.named_parameters()) put(all, parameter.name, parameter.value);
  for (const auto& buffer : module.named_buffers()) put(all, buffer.name, buffer.value);
  return all;
}

}  // namespace

Tensors read_state_dict(const std::string& path) {
  refuse_no_archive(path, "a state_dict of PyTorch 1.6 or later");
  try {
    Archive archive(path);
    refuse_inflated(archive, path);
    // TorchScript files keep their constants apart; torch.save does not.
    return archive.hasRecord("constants.pkl") ? tensors_of_module(path) : tensors_of_save(path, archive);
  } catch (const Error& e) {
    if (e.problems().at(0).origin == path) throw;
    mistake(path, concat("cannot be read as a state_dict: ", first_line(e)));
  } catch (const std::exception& e) {
    mistake(path, concat("cannot be read as a state_dict of PyTorch 1.6 or later: ", first_line(e)));
  }
}

}  // namespace espalier::importing::torchscript
