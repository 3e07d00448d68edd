#include "pipeline/components.h"

// Generated from each folder's components.inc.
namespace espalier {
namespace datasets {
void enlist(schema::Registry&);
}
namespace tasks {
void enlist(schema::Registry&);
}
namespace training {
void enlist(schema::Registry&);
}
namespace compression {
void enlist(schema::Registry&);
}
namespace distillation {
void enlist(schema::Registry&);
}
namespace pruning {
void enlist(schema::Registry&);
}
namespace quantization {
void enlist(schema::Registry&);
}
namespace weight_sharing {
void enlist(schema::Registry&);
}
}  // namespace espalier

namespace espalier::pipeline {

schema::Registry all_components() {
  schema::Registry registry;
  datasets::enlist(registry);
  tasks::enlist(registry);
  training::enlist(registry);
  compression::enlist(registry);
  distillation::enlist(registry);
  pruning::enlist(registry);
  quantization::enlist(registry);
  weight_sharing::enlist(registry);
  return registry;
}

}  // namespace espalier::pipeline
