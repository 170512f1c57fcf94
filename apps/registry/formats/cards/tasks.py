"""Tasks of models, and the `transformers` classes for them."""

TASKS = frozenset(
    {
        "any-to-any",
        "audio-classification",
        "audio-text-to-text",
        "audio-to-audio",
        "automatic-speech-recognition",
        "depth-estimation",
        "document-question-answering",
        "feature-extraction",
        "fill-mask",
        "graph-ml",
        "image-classification",
        "image-feature-extraction",
        "image-segmentation",
        "image-text-to-image",
        "image-text-to-text",
        "image-text-to-video",
        "image-to-3d",
        "image-to-image",
        "image-to-text",
        "image-to-video",
        "keypoint-detection",
        "mask-generation",
        "multiple-choice",
        "object-detection",
        "other",
        "question-answering",
        "reinforcement-learning",
        "robotics",
        "sentence-similarity",
        "summarization",
        "table-question-answering",
        "table-to-text",
        "tabular-classification",
        "tabular-regression",
        "tabular-to-text",
        "text-classification",
        "text-generation",
        "text-ranking",
        "text-retrieval",
        "text-to-3d",
        "text-to-audio",
        "text-to-image",
        "text-to-speech",
        "text-to-video",
        "text2text-generation",
        "time-series-forecasting",
        "token-classification",
        "translation",
        "unconditional-image-generation",
        "video-classification",
        "video-text-to-text",
        "video-to-video",
        "visual-document-retrieval",
        "visual-question-answering",
        "voice-activity-detection",
        "zero-shot-classification",
        "zero-shot-image-classification",
        "zero-shot-object-detection",
    }
)

# the first matching suffix wins
TASK_OF_CLASS = {
    "ForSequenceClassification": "text-classification",
    "ForTokenClassification": "token-classification",
    "ForQuestionAnswering": "question-answering",
    "ForMultipleChoice": "multiple-choice",
    "ForMaskedLM": "fill-mask",
    "ForCausalLM": "text-generation",
    "LMHeadModel": "text-generation",
    "ForImageClassification": "image-classification",
    "ForObjectDetection": "object-detection",
    "ForSemanticSegmentation": "image-segmentation",
    "ForDepthEstimation": "depth-estimation",
    "ForAudioClassification": "audio-classification",
    "ForCTC": "automatic-speech-recognition",
    "ForSpeechSeq2Seq": "automatic-speech-recognition",
    "WhisperForConditionalGeneration": "automatic-speech-recognition",
    "VLForConditionalGeneration": "image-text-to-text",
    "ForVision2Seq": "image-text-to-text",
    "ForConditionalGeneration": "text2text-generation",
    "ForVideoClassification": "video-classification",
    "ForPreTraining": "fill-mask",
}


# words in the class of a diffusers pipeline; the first match wins
TASK_OF_PIPELINE = {
    "image-to-image": ("Img2Img", "Inpaint", "Pix2Pix", "Upscale", "Kontext", "ImageEdit"),
    "image-to-video": ("ImageToVideo", "Image2Video", "Img2Vid", "StableVideoDiffusion", "I2V"),
    "text-to-video": ("Video", "AnimateDiff", "WanPipeline", "LTX", "Mochi", "Allegro"),
    "text-to-audio": ("Audio", "Music"),
    "unconditional-image-generation": ("DDPM", "DDIM", "PNDM", "Karras", "ScoreSde"),
    "text-to-image": (
        "StableDiffusion StableCascade Flux Kandinsky PixArt Sana QwenImage AuraFlow HunyuanDiT Lumina "
        "Chroma Wuerstchen LatentConsistencyModel Kolors CogView IFPipeline"
    ).split(),
}


def task_of_pipeline(class_name: str) -> str:
    """Return the task of a pipeline such as `StableDiffusionImg2ImgPipeline`, or an empty string."""
    found = (task for task, words in TASK_OF_PIPELINE.items() if any(word in class_name for word in words))
    return next(found, "")


def task_of(class_name: str) -> str:
    """Return the task of a model class such as `BertForSequenceClassification`, or an empty string."""
    return next((task for ending, task in TASK_OF_CLASS.items() if class_name.endswith(ending)), "")


# the transformers class that loads a model for a task; AutoModel for all others
AUTO_CLASSES = {
    "text-classification": "AutoModelForSequenceClassification",
    "token-classification": "AutoModelForTokenClassification",
    "question-answering": "AutoModelForQuestionAnswering",
    "multiple-choice": "AutoModelForMultipleChoice",
    "fill-mask": "AutoModelForMaskedLM",
    "text-generation": "AutoModelForCausalLM",
    "text2text-generation": "AutoModelForSeq2SeqLM",
    "image-classification": "AutoModelForImageClassification",
    "object-detection": "AutoModelForObjectDetection",
    "audio-classification": "AutoModelForAudioClassification",
    "automatic-speech-recognition": "AutoModelForSpeechSeq2Seq",
}
