// Cameras that behave as a test wishes: functions to run in the page before its own scripts.

/** A camera that shows a still picture drawn by code, exactly: what reaches the engine is known to the test. */
export function stillCamera() {
  navigator.mediaDevices.getUserMedia = async () => {
    const canvas = document.createElement('canvas');
    canvas.width = 128;
    canvas.height = 96;
    const context = canvas.getContext('2d');
    const draw = () => {
      const ramp = context.createLinearGradient(0, 0, 128, 96);
      ramp.addColorStop(0, '#d8a078');
      ramp.addColorStop(1, '#405c98');
      context.fillStyle = ramp;
      context.fillRect(0, 0, 128, 96);
      context.fillStyle = '#283040';
      context.fillRect(30, 20, 24, 40);
      context.fillStyle = '#e8e0c8';
      context.fillRect(70, 50, 37, 21);
    };
    draw();
    // A stream of a canvas sends a frame only when the canvas is drawn to.
    setInterval(draw, 50);
    return canvas.captureStream(20);
  };
}
