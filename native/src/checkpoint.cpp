// Blocks whose activations are not kept for the backward pass but computed a second time in it (Chen et al. 2016).
#include "guard.h"
#include "tensors.h"

#include <torch/csrc/autograd/function.h>
#include <torch/csrc/autograd/saved_variable.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace auricle {

namespace {

// Where a generator of random numbers stood.
struct Draws {
  at::Generator generator;
  at::Tensor state;
};

// Of the processor, and of each GPU that an input lies on.
std::vector<Draws> present_draws(const std::vector<at::Tensor> &inputs) {
  std::vector<at::Generator> generators{at::detail::getDefaultCPUGenerator()};
  for (const auto &input : inputs) {
    if (!input.defined() || !input.is_cuda())
      continue;
    const auto &generator = at::globalContext().defaultGenerator(input.device());
    if (std::find(generators.begin(), generators.end(), generator) == generators.end())
      generators.push_back(generator);
  }
  std::vector<Draws> result;
  for (auto &generator : generators) {
    std::lock_guard<std::mutex> lock(generator.mutex());
    result.push_back({generator, generator.get_state()});
  }
  return result;
}

void set_draws(std::vector<Draws> &draws) {
  for (auto &draw : draws) {
    std::lock_guard<std::mutex> lock(draw.generator.mutex());
    draw.generator.set_state(draw.state);
  }
}

// Draws once more what was drawn then, and goes on afterwards as if nothing had been drawn.
class Repetition {
public:
  Repetition(std::vector<Draws> &past, const std::vector<at::Tensor> &inputs) : present_(present_draws(inputs)) {
    set_draws(past);
  }
  ~Repetition() {
    guarded([&] { set_draws(present_); });
  }
  Repetition(const Repetition &) = delete;

private:
  std::vector<Draws> present_;
};

// The caller's code and its state, which is released with it.
class Block {
public:
  Block(AurBlock compute, AurRelease release, void *state) : compute_(compute), release_(release), state_(state) {}
  ~Block() { release_(state_); }
  Block(const Block &) = delete;

  // Records gradients within the block alone: inputs are cut off from what they came from. They are left in `given`.
  at::Tensor run(const std::vector<at::Tensor> &inputs, std::vector<at::Tensor> &given, bool again) const {
    c10::AutoGradMode recording(true);
    std::vector<AurTensor> handles;
    handles.reserve(inputs.size());
    for (const auto &input : inputs) {
      given.push_back(input.defined() ? input.detach() : at::Tensor());
      if (input.defined() && input.requires_grad())
        given.back().set_requires_grad(true);
    }
    for (const auto &input : given)
      handles.push_back(hand_out(input));
    AurTensor output = nullptr;
    if (const auto failure = compute_(state_, handles.data(), static_cast<int32_t>(handles.size()), again, &output))
      throw CallbackFailure(failure);
    auto result = borrow(output);
    aur_tensor_free(output);
    return result;
  }

private:
  AurBlock compute_;
  AurRelease release_;
  void *state_;
};

class BlockBackward : public torch::autograd::Node {
public:
  BlockBackward(std::shared_ptr<Block> block, const std::vector<at::Tensor> &inputs, std::vector<Draws> draws)
      : torch::autograd::Node(torch::autograd::collect_next_edges(inputs)), block_(std::move(block)),
        draws_(std::move(draws)) {
    for (const auto &input : inputs)
      inputs_.emplace_back(input, false);
  }

  std::string name() const override { return "BlockBackward"; }

  void release_variables() override {
    std::lock_guard<std::mutex> lock(mutex_);
    for (auto &input : inputs_)
      input.reset_data();
    block_.reset();
  }

private:
  torch::autograd::variable_list apply(torch::autograd::variable_list &&gradients) override {
    std::shared_ptr<Block> block;
    std::vector<at::Tensor> inputs, given;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      block = block_;
      TORCH_CHECK(block, "A block that is not kept was to be passed backwards a second time; call backward once for each loss.");
      for (const auto &input : inputs_)
        inputs.push_back(input.unpack());
    }
    if (!gradients[0].defined())
      return torch::autograd::variable_list(inputs.size());
    at::Tensor output;
    {
      Repetition repetition(draws_, inputs);
      output = block->run(inputs, given, true);
    }
    torch::autograd::backward({output}, {gradients[0]});
    torch::autograd::variable_list results;
    for (const auto &input : given)
      results.push_back(input.defined() ? input.grad() : at::Tensor());
    return results;
  }

  std::shared_ptr<Block> block_;
  std::vector<torch::autograd::SavedVariable> inputs_;
  std::vector<Draws> draws_;
};

} // namespace
} // namespace auricle

using namespace auricle;

int32_t aur_checkpoint(AurBlock compute, AurRelease release, void *state, const AurTensor *inputs, int32_t count,
                       AurTensor *output) {
  return guarded([&] {
    auto block = std::make_shared<Block>(compute, release, state);
    std::vector<at::Tensor> originals, given;
    for (int32_t i = 0; i < count; i++)
      originals.push_back(inputs[i] == nullptr ? at::Tensor() : borrow(inputs[i]));
    auto draws = present_draws(originals);
    // The first time is recorded too, and the record is dropped at once: only that tells whether anything in the block
    // learns, and no more is held at a time than when the block is computed again.
    const auto recorded = block->run(originals, given, false);
    auto result = recorded.detach();
    if (recorded.requires_grad()) {
      std::shared_ptr<torch::autograd::Node> node(new BlockBackward(std::move(block), originals, std::move(draws)),
                                                  torch::autograd::deleteNode);
      torch::autograd::create_gradient_edge(result, node);
    }
    *output = hand_out(std::move(result));
  });
}

void *aur_take_failure(void) { return std::exchange(last_failure(), nullptr); }
