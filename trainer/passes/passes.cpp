#include "passes/rewrite.h"

namespace espalier::passes {

const std::map<std::string, Pass>& standard_passes() {
  static const std::map<std::string, Pass> all = {{"fold_batch_norm", fold_batch_norm},
                                                  {"remove_dropout", remove_dropout},
                                                  {"remove_masked_channels", remove_masked_channels}};
  return all;
}

}  // namespace espalier::passes
