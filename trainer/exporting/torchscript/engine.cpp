#include "exporting/torchscript/engine.h"

#include <ATen/Context.h>
#include <c10/core/QEngine.h>
#include <c10/util/Exception.h>

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace espalier::exporting::torchscript {
namespace {

struct Silent : c10::WarningHandler {
  void process(const c10::Warning&) override {}
};

}  // namespace

std::string engine_name() {
  auto name = c10::toString(at::globalContext().qEngine());
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name;
}

struct WithoutWarnings::Silence {
  Silent silent;
  c10::WarningUtils::WarningHandlerGuard guard{&silent};
};

WithoutWarnings::WithoutWarnings() : silence_(std::make_unique<Silence>()) {}
WithoutWarnings::~WithoutWarnings() = default;

OnQnnpack::OnQnnpack() : before_(static_cast<int>(at::globalContext().qEngine())) {
  const auto& engines = at::globalContext().supportedQEngines();
  if (std::find(engines.begin(), engines.end(), at::QEngine::QNNPACK) == engines.end())
    fail("this LibTorch was built without QNNPACK, whose arithmetic torchscript_int8 is verified in");
  at::globalContext().setQEngine(at::QEngine::QNNPACK);
}
OnQnnpack::~OnQnnpack() { at::globalContext().setQEngine(static_cast<at::QEngine>(before_)); }

}  // namespace espalier::exporting::torchscript
