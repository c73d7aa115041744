import { ElMessage, ElMessageBox } from 'element-plus'
import 'element-plus/es/components/message/style/css'
import 'element-plus/es/components/message-box/style/css'

/** A word after something was done; it goes by itself. */
export function told(text: string): void {
  ElMessage({ message: text, type: 'success', duration: 2500 })
}

export function failed(text: string): void {
  ElMessage({ message: text, type: 'error', duration: 6000, showClose: true })
}

/** True when the person agreed. Only for steps that cannot be taken back. */
export async function confirmed(text: { title: string; body: string; yes: string; no: string }): Promise<boolean> {
  try {
    await ElMessageBox.confirm(text.body, text.title, {
      confirmButtonText: text.yes,
      cancelButtonText: text.no,
      confirmButtonType: 'danger',
      type: 'warning',
    })
    return true
  } catch {
    return false
  }
}
