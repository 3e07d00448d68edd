#include "datasets/dataset.h"

namespace espalier::datasets {

std::string name_of(Split split) {
  switch (split) {
    case Split::train:
      return "train";
    case Split::validation:
      return "validation";
    case Split::test:
      return "test";
  }
  return "?";
}

}  // namespace espalier::datasets
