// Threads, memory, versions and the last error.
#include "guard.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <climits>
#include <cstring>

#ifdef __GLIBC__
#include <malloc.h>
#endif

namespace auricle {

int32_t copy_text(const std::string &text, char *buffer, int32_t capacity) noexcept {
  if (buffer != nullptr && capacity > 0) {
    const auto length = std::min<size_t>(text.size(), static_cast<size_t>(capacity) - 1);
    std::memcpy(buffer, text.data(), length);
    buffer[length] = 0;
  }
  return static_cast<int32_t>(text.size());
}

} // namespace auricle

using namespace auricle;

int32_t aur_last_error(char *buffer, int32_t capacity) { return copy_text(last_error(), buffer, capacity); }

int32_t aur_describe(char *buffer, int32_t capacity) {
  std::string text;
  guarded([&] {
    text = std::string("version=") + TORCH_VERSION + "\n";
    text += std::string("cuda=") + (at::hasCUDA() ? "1" : "0") + "\n";
    text += std::string("mkl=") + (at::hasMKL() ? "1" : "0") + "\n";
  });
  return copy_text(text, buffer, capacity);
}

int32_t aur_set_threads(int32_t count) {
  return guarded([&] { at::set_num_threads(count); });
}

int32_t aur_get_threads(void) { return at::get_num_threads(); }

int32_t aur_keep_large_blocks(void) {
#ifdef __GLIBC__
  // Blocks that are mapped on their own are unmapped when freed, and the threshold for it may not exceed 32 MiB: map
  // none.
  const bool unmapped = mallopt(M_MMAP_MAX, 0) != 0;
  const bool untrimmed = mallopt(M_TRIM_THRESHOLD, INT_MAX) != 0;
  // Only the main arena grows without bound; the others are made of small heaps that go back as soon as they are empty.
  const bool shared = mallopt(M_ARENA_MAX, 1) != 0;
  return unmapped && untrimmed && shared ? 1 : 0;
#else
  return 0;
#endif
}
