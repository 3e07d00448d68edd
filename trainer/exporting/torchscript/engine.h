// The engine of LibTorch's quantized operators: a choice of the process, not of a file.
#pragma once
#include <memory>
#include <string>

namespace espalier::exporting::torchscript {

/// "qnnpack", "x86", …: the one that is set now.
std::string engine_name();

/// While it lives, LibTorch does not warn that it is retiring these operators: the documentation says it once.
class WithoutWarnings {
 public:
  WithoutWarnings();
  ~WithoutWarnings();
  WithoutWarnings(const WithoutWarnings&) = delete;
  WithoutWarnings& operator=(const WithoutWarnings&) = delete;

 private:
  struct Silence;
  std::unique_ptr<Silence> silence_;
};

/// While it lives, quantized operators are packed for QNNPACK and run by it. Throws Error(failed) where this LibTorch
/// has no QNNPACK.
class OnQnnpack {
 public:
  OnQnnpack();
  ~OnQnnpack();
  OnQnnpack(const OnQnnpack&) = delete;
  OnQnnpack& operator=(const OnQnnpack&) = delete;

 private:
  WithoutWarnings quiet_;
  int before_;  ///< an at::QEngine
};

}  // namespace espalier::exporting::torchscript
