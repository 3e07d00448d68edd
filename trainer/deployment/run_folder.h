// The files of a run, by name, and those of an export folder that was copied without its run.
#pragma once
#include <filesystem>
#include <string>

namespace espalier::deployment {

struct RunFolder {
  std::filesystem::path path;
  std::string export_name = "export";  ///< of the folder of artifacts inside it

  std::filesystem::path recipe() const { return path / "recipe.yaml"; }
  std::filesystem::path metrics() const { return path / "metrics.jsonl"; }
  std::filesystem::path analysis() const { return path / "analysis.json"; }
  std::filesystem::path report() const { return path / "report.html"; }
  /// What scripts/server_load.py measured.
  std::filesystem::path server_load() const { return path / "server_load.json"; }
  std::filesystem::path tensorboard() const { return path / "tensorboard"; }
  std::filesystem::path checkpoints() const { return path / "checkpoints"; }
  /// The snapshot that a resume reads.
  std::filesystem::path checkpoint(const char* stage) const {
    return checkpoints() / (std::string(stage) + ".safetensors");
  }
  /// The trained student: its network with weights and encodings.
  std::filesystem::path student() const { return checkpoints() / "student.safetensors"; }
  std::filesystem::path exports() const { return path / export_name; }
  std::filesystem::path tflite() const { return exports() / "model.tflite"; }
  std::filesystem::path torchscript() const { return exports() / "model.pt"; }
  std::filesystem::path onnx() const { return exports() / "model.onnx"; }
  /// A folder of C.
  std::filesystem::path c() const { return exports() / "c"; }
  /// A folder that serves the model over HTTP.
  std::filesystem::path server() const { return exports() / "server"; }
  std::filesystem::path torchscript_int8() const { return exports() / "model_int8.pt"; }
  std::filesystem::path torchscript_dynamic() const { return exports() / "model_dynamic.pt"; }
  std::filesystem::path onnx_float() const { return exports() / "model_float.onnx"; }
  std::filesystem::path onnx_dynamic() const { return exports() / "model_dynamic.onnx"; }
  /// What a user of the int8 model.onnx must know.
  std::filesystem::path onnx_note() const { return exports() / "model_onnx.txt"; }
  /// The twin's outputs in the arithmetic ort_f32_even; golden() has those of tflm.
  std::filesystem::path golden_ort() const { return exports() / "golden_ort.npz"; }
  std::filesystem::path golden() const { return exports() / "golden.npz"; }
  std::filesystem::path golden_float() const { return exports() / "golden_float.npz"; }
  std::filesystem::path manifest() const { return exports() / "manifest.json"; }
  /// Results of stages that several runs share (teachers, baselines), by content.
  std::filesystem::path shared_stages() const {
    const auto folder = std::filesystem::absolute(path / "").lexically_normal();  // ends in a slash
    return folder.parent_path().parent_path() / "stages";
  }
};

/// A run's folder, or an export folder that was copied elsewhere: `path` is then what holds it. Throws Error(mistake)
/// for what is neither (no manifest.json).
RunFolder find_exports(const std::filesystem::path& given);

}  // namespace espalier::deployment
