// Pickles as torch.save writes them: importing/pickle.h.
#include "fuzz_target.h"
#include "importing/pickle.h"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace espalier;
  return fuzz::feed(data, size, [](auto bytes) {
    const importing::Pickled pickled = importing::read_pickle(fuzz::text_of(bytes));
    if (pickled.root >= pickled.values.size()) __builtin_trap();
    for (const auto& value : pickled.values)
      if (const auto* map = std::get_if<importing::Pickled::Dictionary>(&value))
        for (const auto& [key, entry] : map->entries) {
          pickled.as<std::string>(key);
          pickled.as<importing::Pickled::TensorView>(entry);
        }
  });
}
