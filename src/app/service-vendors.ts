// Services of those who make the models. What a row says is from the page it names in `docs`.

import { row, type Service } from "./service-row.ts";

// Compatible services document the version before the newest.
const CLAUDE_LIKE = { dialect: "anthropic", version: "2023-06-01" } as const;

/** Makers of models. */
export const VENDORS: readonly Service[] = [
  row(
    "openrouter",
    "OpenRouter",
    "https://openrouter.ai/api/v1",
    "OPENROUTER_KEY OPENROUTER_API_KEY",
    "https://openrouter.ai/docs/api/reference/overview",
    { model: "openrouter/auto" },
  ),
  row(
    "anthropic",
    "Anthropic",
    "https://api.anthropic.com/v1",
    "ANTHROPIC_API_KEY",
    "https://platform.claude.com/docs/en/api/messages",
    { dialect: "anthropic", also: ["claude"], pick: "sonnet" },
  ),
  row(
    "openai",
    "OpenAI",
    "https://api.openai.com/v1",
    "OPENAI_API_KEY",
    "https://platform.openai.com/docs/api-reference/chat",
    { tokensField: "max_completion_tokens" },
  ),
  row(
    "openai-responses",
    "OpenAI Responses",
    "https://api.openai.com/v1",
    "OPENAI_API_KEY",
    "https://platform.openai.com/docs/api-reference/responses",
    { dialect: "openai-responses" },
  ),
  row(
    "gemini",
    "Google Gemini",
    "https://generativelanguage.googleapis.com/v1beta",
    "GEMINI_API_KEY GOOGLE_API_KEY",
    "https://ai.google.dev/api/generate-content",
    { dialect: "gemini", also: ["google"], pick: "flash" },
  ),
  row(
    "deepseek",
    "DeepSeek",
    "https://api.deepseek.com",
    "DEEPSEEK_API_KEY",
    "https://api-docs.deepseek.com/api/create-chat-completion",
  ),
  row("mistral", "Mistral", "https://api.mistral.ai/v1", "MISTRAL_API_KEY", "https://docs.mistral.ai/api/", {
    nineIds: true,
    toolChoice: "any",
  }),
  row("xai", "xAI", "https://api.x.ai/v1", "XAI_API_KEY", "https://docs.x.ai/docs/api-reference", { also: ["grok"] }),
  row(
    "moonshot",
    "Moonshot Kimi",
    "https://api.moonshot.ai/v1",
    "MOONSHOT_API_KEY",
    "https://platform.moonshot.ai/docs/api/chat",
    { also: ["kimi"] },
  ),
  row(
    "kimi-coding",
    "Kimi coding plan",
    "https://api.kimi.com/coding/v1",
    "KIMI_API_KEY",
    "https://www.kimi.com/code/docs/en/",
    CLAUDE_LIKE,
  ),
  row("zai", "Z.ai", "https://api.z.ai/api/paas/v4", "ZAI_API_KEY", "https://docs.z.ai/api-reference/introduction", {
    toolChoice: "absent",
  }),
  row(
    "zhipu",
    "Zhipu",
    "https://open.bigmodel.cn/api/paas/v4",
    "ZHIPU_API_KEY",
    "https://docs.bigmodel.cn/cn/api/introduction",
    { toolChoice: "absent" },
  ),
  row(
    "qwen",
    "Alibaba Qwen",
    "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    "DASHSCOPE_API_KEY",
    "https://www.alibabacloud.com/help/en/model-studio/qwen-api-reference/",
  ),
  row(
    "minimax",
    "MiniMax",
    "https://api.minimax.io/v1",
    "MINIMAX_API_KEY",
    "https://platform.minimax.io/docs/api-reference/text-openai-api",
    { tokensField: "max_completion_tokens", toolChoice: "absent", extra: { reasoning_split: true } },
  ),
  row(
    "minimax-anthropic",
    "MiniMax, Anthropic form",
    "https://api.minimax.io/anthropic/v1",
    "MINIMAX_API_KEY",
    "https://platform.minimax.io/docs/api-reference/text-anthropic-api",
    CLAUDE_LIKE,
  ),
  row(
    "cohere",
    "Cohere",
    "https://api.cohere.ai/compatibility/v1",
    "COHERE_API_KEY",
    "https://docs.cohere.com/docs/compatibility-api",
  ),
  row(
    "perplexity",
    "Perplexity",
    "https://api.perplexity.ai",
    "PERPLEXITY_API_KEY",
    "https://docs.perplexity.ai/api-reference/chat-completions-post",
    { promptedTools: true },
  ),
];
