defmodule Tool.MixProject do
  def project, do: [app: :tool]
  defp deps() do
    [{:jason, "~> 1.4"}, {:ex_doc, ">= 0.0.0", only: :dev}]
  end
end
