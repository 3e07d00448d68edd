#include "pipeline/verification_impl.h"

#include <ATen/ATen.h>

#include <cstdlib>
#include <cstring>

#include "base/files.h"
#include "base/text.h"
#include "exporting/golden.h"
#include "exporting/npz.h"
#include "exporting/readback.h"
#include "integer/twin.h"

namespace espalier::pipeline {
namespace {

at::Tensor float_array(const std::vector<exporting::Array>& arrays, const char* name) {
  for (const auto& array : arrays)
    if (array.name == name) {
      const auto& values = std::get<std::vector<float>>(array.values);
      auto made = at::empty(array.shape, at::kFloat);
      std::memcpy(made.mutable_data_ptr(), values.data(), values.size() * sizeof(float));
      return made;
    }
  mistake("golden_float.npz", concat("has no member ", name));
}

}  // namespace

Verification finding(const reporting::Artifact& artifact, Level level, std::string judge, std::string version) {
  Verification v;
  v.artifact = artifact.path;
  v.level = level;
  v.judge = std::move(judge);
  v.version = std::move(version);
  return v;
}

Verification failed(Verification v, std::string reason) {
  v.status = Status::failed;
  v.reason = std::move(reason);
  return v;
}

std::pair<at::Tensor, at::Tensor> golden_floats(const RunFolder& folder) {
  const auto arrays = exporting::read_npz(folder.golden_float());
  return {float_array(arrays, "x"), float_array(arrays, "y")};
}

Verification read_back(const Student& student, const RunFolder& folder, const reporting::Artifact& artifact,
                       integer::Arithmetic arithmetic, const std::filesystem::path& golden_file,
                       const ProgramReader& read) {
  auto v = finding(artifact, Level::readback, "espalier reader and twin", "0.1.0");
  try {
    const auto program = read(read_bytes(folder.path / artifact.path), artifact.path);
    if (student.program) {
      const auto differences = exporting::compare(*student.program, program);
      if (!differences.empty())
        return failed(v, concat("the file is not the program: ", differences.front(),
                                differences.size() > 1 ? concat(" (and ", differences.size() - 1, " more)") : ""));
    }
    const auto golden = exporting::read_golden(golden_file);
    std::vector<std::int8_t> y(golden.y.size());
    integer::Twin(program, arithmetic).run(golden.x, golden.samples, y);
    int largest = 0;
    for (std::size_t i = 0; i < y.size(); ++i) largest = std::max(largest, std::abs(y[i] - golden.y[i]));
    v.samples = golden.samples;
    v.max_lsb = largest;
    if (largest > 0)
      return failed(
          v, concat("the file computes other bytes than ", golden_file.filename().string(), ", by up to ", largest));
    v.status = Status::passed;
    return v;
  } catch (const Error& e) {
    return failed(v, e.what());
  }
}

}  // namespace espalier::pipeline
