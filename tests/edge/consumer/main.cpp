// label <model.tflite or export folder> <file…>: what Espalier's library makes of them, without LibTorch.
#include <espalier/base/error.h>
#include <espalier/deployment/exported_model.h>
#include <espalier/deployment/predictor.h>

#include <cstdio>

using namespace espalier;

int main(int argc, char** argv) try {
  if (argc < 3) {
    std::fprintf(stderr, "usage: label <model.tflite or export folder> <file>...\n");
    return 2;
  }
  const deployment::Predictor predictor(deployment::open_model(argv[1]));
  for (int i = 2; i < argc; ++i) std::printf("%s\n", predictor.predict(argv[i]).label.c_str());
} catch (const Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return static_cast<int>(error.code());
}
