"""OpenAI, and every server that speaks its way: Ollama, LM Studio, llama.cpp, vLLM, OpenRouter and many more."""
